package main

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// characterInputs are those of a password and of a string.
var characterInputs = []resource.PropertyKey{
	"length", "keepers", "lower", "upper", "numeric", "number", "special",
	"minLower", "minUpper", "minNumeric", "minSpecial", "overrideSpecial",
}

// characterSettings are the inputs that are outputs too, with their defaults.
func characterSettings(i inputs) resource.PropertyMap {
	return resource.PropertyMap{
		"lower":      resource.NewProperty(i.Lower),
		"minLower":   resource.NewProperty(float64(i.MinLower)),
		"minNumeric": resource.NewProperty(float64(i.MinNumeric)),
		"minSpecial": resource.NewProperty(float64(i.MinSpecial)),
		"minUpper":   resource.NewProperty(float64(i.MinUpper)),
		"number":     resource.NewProperty(i.Numeric),
		"numeric":    resource.NewProperty(i.Numeric),
		"special":    resource.NewProperty(i.Special),
		"upper":      resource.NewProperty(i.Upper),
	}
}

func randomCharacters(i inputs) string {
	random := rand.New(systemRandom{})
	var all, picked []rune
	pick := func(from []rune) { picked = append(picked, from[random.IntN(len(from))]) }
	for _, class := range []struct {
		isOn       bool
		minimum    uint
		characters string
	}{
		{i.Lower, i.MinLower, "abcdefghijklmnopqrstuvwxyz"},
		{i.Upper, i.MinUpper, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
		{i.Numeric, i.MinNumeric, "0123456789"},
		{i.Special, i.MinSpecial, i.OverrideSpecial},
	} {
		characters := []rune(class.characters)
		if class.isOn {
			all = append(all, characters...)
		}
		for range class.minimum {
			pick(characters)
		}
	}
	for uint(len(picked)) < i.Length {
		pick(all)
	}
	random.Shuffle(len(picked), func(i, j int) { picked[i], picked[j] = picked[j], picked[i] })
	return string(picked)
}

// systemRandom lets math/rand choose and shuffle, without bias, by the system's own random numbers.
type systemRandom struct{}

func (systemRandom) Uint64() uint64 {
	return binary.NativeEndian.Uint64(randomBytes(8))
}
