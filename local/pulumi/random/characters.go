package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

var characterInputs = map[resource.PropertyKey]rule{
	"length":          required(wholeNumber(1)),
	"lower":           flag,
	"upper":           flag,
	"numeric":         flag,
	"number":          flag, // numeric's former name
	"special":         flag,
	"minLower":        wholeNumber(0),
	"minUpper":        wholeNumber(0),
	"minNumeric":      wholeNumber(0),
	"minSpecial":      wholeNumber(0),
	"overrideSpecial": text,
	"keepers":         keepers,
}

// class is a set of characters of a password or a string.
type class struct {
	isOn       bool
	minimum    int
	characters []rune
}

// classesOf takes what isn't known yet for its default.
func classesOf(inputs resource.PropertyMap) (lower, upper, numeric, special class) {
	characters := textOf(inputs["overrideSpecial"])
	if characters == "" {
		characters = "!@#$%&*()-_=+[]{}<>:?"
	}
	newClass := func(on, minimum resource.PropertyValue, characters string) class {
		return class{boolOr(on, true), numberOr(minimum, 0), []rune(characters)}
	}
	digits := inputs["numeric"]
	if digits.IsNull() {
		digits = inputs["number"]
	}
	lower = newClass(inputs["lower"], inputs["minLower"], "abcdefghijklmnopqrstuvwxyz")
	upper = newClass(inputs["upper"], inputs["minUpper"], "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	numeric = newClass(digits, inputs["minNumeric"], "0123456789")
	special = newClass(inputs["special"], inputs["minSpecial"], characters)
	return lower, upper, numeric, special
}

func checkCharacters(inputs resource.PropertyMap) []plugin.CheckFailure {
	lower, upper, numeric, special := classesOf(inputs)
	if !lower.isOn && !upper.isOn && !numeric.isOn && !special.isOn {
		reason := "lower, upper, numeric and special are all false: there is nothing to choose from"
		return []plugin.CheckFailure{{Reason: reason}}
	}
	sum := lower.minimum + upper.minimum + numeric.minimum + special.minimum
	if length := inputs["length"]; length.IsNumber() && numberOr(length, 0) < sum {
		reason := fmt.Sprintf("must be at least the sum of the minima, %d, is %v", sum, length.NumberValue())
		return []plugin.CheckFailure{{Property: "length", Reason: reason}}
	}
	return nil
}

func characterSettings(inputs resource.PropertyMap) resource.PropertyMap {
	lower, upper, numeric, special := classesOf(inputs)
	return resource.PropertyMap{
		"length":     inputs["length"],
		"lower":      resource.NewProperty(lower.isOn),
		"minLower":   resource.NewProperty(float64(lower.minimum)),
		"minNumeric": resource.NewProperty(float64(numeric.minimum)),
		"minSpecial": resource.NewProperty(float64(special.minimum)),
		"minUpper":   resource.NewProperty(float64(upper.minimum)),
		"number":     resource.NewProperty(numeric.isOn),
		"numeric":    resource.NewProperty(numeric.isOn),
		"special":    resource.NewProperty(special.isOn),
		"upper":      resource.NewProperty(upper.isOn),
	}
}

func randomCharacters(inputs resource.PropertyMap) string {
	random := rand.New(systemRandom{})
	lower, upper, numeric, special := classesOf(inputs)
	var all, picked []rune
	for _, class := range []class{lower, upper, numeric, special} {
		if class.isOn {
			all = append(all, class.characters...)
		}
		for range class.minimum {
			picked = append(picked, class.characters[random.IntN(len(class.characters))])
		}
	}
	for length := numberOr(inputs["length"], 0); len(picked) < length; {
		picked = append(picked, all[random.IntN(len(all))])
	}
	random.Shuffle(len(picked), func(i, j int) { picked[i], picked[j] = picked[j], picked[i] })
	return string(picked)
}

// systemRandom lets math/rand choose and shuffle, without bias, by the system's own random numbers.
type systemRandom struct{}

func (systemRandom) Uint64() uint64 {
	return binary.NativeEndian.Uint64(randomBytes(8))
}
