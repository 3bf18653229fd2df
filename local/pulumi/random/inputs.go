package main

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"realtime-analytics.local/pulumi/internal/provider"
)

// inputs are a RandomPassword's.
type inputs struct {
	Length          uint           `json:"length"`
	Lower           bool           `json:"lower"`
	Upper           bool           `json:"upper"`
	Numeric         bool           `json:"numeric"`
	Special         bool           `json:"special"`
	MinLower        uint           `json:"minLower"`
	MinUpper        uint           `json:"minUpper"`
	MinNumeric      uint           `json:"minNumeric"`
	MinSpecial      uint           `json:"minSpecial"`
	OverrideSpecial string         `json:"overrideSpecial"`
	Keepers         map[string]any `json:"keepers"`
}

var inputNames = []resource.PropertyKey{
	"length", "lower", "upper", "numeric", "number", "special",
	"minLower", "minUpper", "minNumeric", "minSpecial", "overrideSpecial", "keepers",
}

// parse fills in the defaults, also for what a preview doesn't know yet.
func parse(plain resource.PropertyMap) (inputs, provider.Failures, error) {
	parsed := inputs{Lower: true, Upper: true, Numeric: true, Special: true}
	if plain["numeric"].IsNull() {
		plain = plain.Copy()
		plain["numeric"] = plain["number"] // its former name
	}
	failures, err := provider.Decode(plain, &parsed)
	if parsed.OverrideSpecial == "" {
		parsed.OverrideSpecial = "!@#$%&*()-_=+[]{}<>:?"
	}
	return parsed, failures, err
}

// check tells what is wrong with the inputs. What a preview doesn't know yet is taken as right.
func check(plain resource.PropertyMap) (provider.Failures, error) {
	parsed, failures, err := parse(plain)
	if err != nil {
		return nil, err
	}
	for _, key := range plain.StableKeys() {
		if !slices.Contains(inputNames, key) && !resource.IsInternalPropertyKey(key) {
			failures.Add(key, "is not an input of this resource")
		}
	}
	if len(failures) > 0 {
		return failures, nil
	}
	if !parsed.Lower && !parsed.Upper && !parsed.Numeric && !parsed.Special {
		failures.Add("", "lower, upper, numeric and special are all false: there is nothing to choose from")
	}
	sum := parsed.MinLower + parsed.MinUpper + parsed.MinNumeric + parsed.MinSpecial
	switch length := plain["length"]; {
	case length.IsComputed():
	case length.IsNull():
		failures.Add("length", "is required")
	case length.NumberValue() < 1:
		failures.Add("length", "must be at least 1, is %v", length.NumberValue())
	case length.NumberValue() < float64(sum):
		failures.Add("length", "must be at least the sum of the minima, %d, is %v", sum, length.NumberValue())
	}
	return failures, nil
}
