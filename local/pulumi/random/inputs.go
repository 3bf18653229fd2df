package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"realtime-analytics.local/pulumi/internal/provider"
)

// rule is what an input must be.
type rule struct {
	isRequired bool
	isMet      func(resource.PropertyValue) bool
	// must completes "must be …".
	must string
}

var (
	flag    = rule{isMet: resource.PropertyValue.IsBool, must: "true or false"}
	text    = rule{isMet: resource.PropertyValue.IsString, must: "a string"}
	keepers = rule{isMet: resource.PropertyValue.IsObject, must: "a map of strings"}
)

func wholeNumber(minimum float64) rule {
	return rule{
		isMet: func(v resource.PropertyValue) bool {
			return v.IsNumber() && v.NumberValue() >= minimum && v.NumberValue() == math.Trunc(v.NumberValue())
		},
		must: fmt.Sprintf("a whole number of at least %v", minimum),
	}
}

func required(r rule) rule {
	r.isRequired = true
	return r
}

// check tells what is wrong with the inputs. What a preview doesn't know yet is taken as right.
func (k kind) check(inputs resource.PropertyMap) []plugin.CheckFailure {
	var failures []plugin.CheckFailure
	for _, key := range slices.Sorted(maps.Keys(inputs)) {
		if _, ok := k.inputs[key]; !ok && !resource.IsInternalPropertyKey(key) {
			failures = append(failures, plugin.CheckFailure{Property: key, Reason: "is not an input of this resource"})
		}
	}
	plain := provider.Plain(inputs)
	for _, key := range slices.Sorted(maps.Keys(k.inputs)) {
		rule, value := k.inputs[key], plain[key]
		if value.IsComputed() || value.IsNull() && !rule.isRequired || rule.isMet(value) {
			continue
		}
		reason := fmt.Sprintf("must be %s, is %s", rule.must, shown(inputs[key]))
		failures = append(failures, plugin.CheckFailure{Property: key, Reason: reason})
	}
	if len(failures) == 0 && k.checkAll != nil {
		return k.checkAll(plain)
	}
	return failures
}

func shown(value resource.PropertyValue) string {
	if value.ContainsSecrets() {
		return "a secret that is not"
	}
	content, err := json.Marshal(value.Mappable())
	if err != nil {
		return value.TypeString()
	}
	return string(content)
}

// numberOr is a known number, or the default.
func numberOr(value resource.PropertyValue, otherwise int) int {
	if value.IsNumber() {
		return int(value.NumberValue())
	}
	return otherwise
}

func boolOr(value resource.PropertyValue, otherwise bool) bool {
	if value.IsBool() {
		return value.BoolValue()
	}
	return otherwise
}

func textOf(value resource.PropertyValue) string {
	if value.IsString() {
		return value.StringValue()
	}
	return ""
}
