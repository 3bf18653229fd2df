package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"math/big"

	"github.com/google/uuid"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"golang.org/x/crypto/bcrypt"
)

// kind is a type of resource.
type kind struct {
	inputs map[resource.PropertyKey]rule
	// checkAll tells what is wrong with inputs that are right each by itself.
	checkAll func(inputs resource.PropertyMap) []plugin.CheckFailure
	// settings are the inputs with their defaults filled in, where those are outputs too.
	settings func(inputs resource.PropertyMap) resource.PropertyMap
	// results are the outputs that are made, not given.
	results  []resource.PropertyKey
	isSecret bool
	create   func(inputs resource.PropertyMap) (id string, outputs resource.PropertyMap, err error)
}

var kinds = map[string]kind{
	"random:index/randomPassword:RandomPassword": {
		inputs:   characterInputs,
		checkAll: checkCharacters,
		settings: characterSettings,
		results:  []resource.PropertyKey{"bcryptHash", "result"},
		isSecret: true,
		create:   createPassword,
	},
	"random:index/randomString:RandomString": {
		inputs:   characterInputs,
		checkAll: checkCharacters,
		settings: characterSettings,
		results:  []resource.PropertyKey{"result"},
		create:   createString,
	},
	"random:index/randomId:RandomId": {
		inputs: map[resource.PropertyKey]rule{
			"byteLength": required(wholeNumber(1)), "prefix": text, "keepers": keepers,
		},
		results: []resource.PropertyKey{"b64Std", "b64Url", "dec", "hex"},
		create:  createID,
	},
	"random:index/randomUuid:RandomUuid": {
		inputs:  map[resource.PropertyKey]rule{"keepers": keepers},
		results: []resource.PropertyKey{"result"},
		create:  createUUID,
	},
	"random:index/randomBytes:RandomBytes": {
		inputs:   map[resource.PropertyKey]rule{"length": required(wholeNumber(1)), "keepers": keepers},
		results:  []resource.PropertyKey{"base64", "hex"},
		isSecret: true,
		create:   createBytes,
	},
}

func createPassword(inputs resource.PropertyMap) (string, resource.PropertyMap, error) {
	result, outputs := randomCharacters(inputs), characterSettings(inputs)
	// bcrypt takes no more than 72 bytes.
	hash, err := bcrypt.GenerateFromPassword([]byte(result)[:min(len(result), 72)], bcrypt.DefaultCost)
	if err != nil {
		return "", nil, err
	}
	outputs["__meta"] = resource.NewProperty(`{"schema_version":"3"}`)
	outputs["bcryptHash"] = resource.NewProperty(string(hash))
	outputs["id"] = resource.NewProperty("none")
	outputs["result"] = resource.NewProperty(result)
	return "none", outputs, nil
}

func createString(inputs resource.PropertyMap) (string, resource.PropertyMap, error) {
	result, outputs := randomCharacters(inputs), characterSettings(inputs)
	outputs["__meta"] = resource.NewProperty(`{"schema_version":"2"}`)
	outputs["id"] = resource.NewProperty(result)
	outputs["result"] = resource.NewProperty(result)
	return result, outputs, nil
}

func createID(inputs resource.PropertyMap) (string, resource.PropertyMap, error) {
	bytes := randomBytes(numberOr(inputs["byteLength"], 0))
	id := base64.RawURLEncoding.EncodeToString(bytes)
	prefix := textOf(inputs["prefix"])
	return id, resource.PropertyMap{
		"b64Std": resource.NewProperty(prefix + base64.StdEncoding.EncodeToString(bytes)),
		"b64Url": resource.NewProperty(prefix + id),
		"dec":    resource.NewProperty(prefix + new(big.Int).SetBytes(bytes).String()),
		"hex":    resource.NewProperty(prefix + hex.EncodeToString(bytes)),
		"id":     resource.NewProperty(id),
	}, nil
}

func createUUID(resource.PropertyMap) (string, resource.PropertyMap, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return "", nil, err
	}
	return id.String(), resource.PropertyMap{
		"id":     resource.NewProperty(id.String()),
		"result": resource.NewProperty(id.String()),
	}, nil
}

func createBytes(inputs resource.PropertyMap) (string, resource.PropertyMap, error) {
	bytes := randomBytes(numberOr(inputs["length"], 0))
	id := base64.StdEncoding.EncodeToString(bytes)
	return id, resource.PropertyMap{
		"base64": resource.NewProperty(id),
		"hex":    resource.NewProperty(hex.EncodeToString(bytes)),
	}, nil
}

func randomBytes(length int) []byte {
	bytes := make([]byte, length)
	rand.Read(bytes) // never fails: it ends the process if the system has no random numbers
	return bytes
}
