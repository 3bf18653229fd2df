package main

import (
	"crypto/rand"
	"encoding/binary"
	mathrand "math/rand/v2"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"golang.org/x/crypto/bcrypt"
)

// settings are the inputs that are outputs too, with their defaults.
func (i inputs) settings() resource.PropertyMap {
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

// preview gives the outputs as far as they are known before a password is made.
func (i inputs) preview() resource.PropertyMap {
	outputs := i.settings()
	outputs["bcryptHash"] = resource.MakeComputed(resource.NewProperty(""))
	outputs["result"] = resource.MakeComputed(resource.NewProperty(""))
	return outputs
}

// create makes a password, and gives the outputs.
func (i inputs) create() (resource.PropertyMap, error) {
	result, outputs := i.password(), i.settings()
	// bcrypt takes no more than 72 bytes.
	hash, err := bcrypt.GenerateFromPassword([]byte(result)[:min(len(result), 72)], bcrypt.DefaultCost)
	if err != nil {
		return nil, err
	}
	outputs["__meta"] = resource.NewProperty(`{"schema_version":"3"}`)
	outputs["bcryptHash"] = resource.MakeSecret(resource.NewProperty(string(hash)))
	outputs["id"] = resource.NewProperty(passwordID)
	outputs["result"] = resource.MakeSecret(resource.NewProperty(result))
	return outputs, nil
}

func (i inputs) password() string {
	random := mathrand.New(systemRandom{})
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
	var bytes [8]byte
	rand.Read(bytes[:]) // never fails: it ends the process if the system has no random numbers
	return binary.NativeEndian.Uint64(bytes[:])
}
