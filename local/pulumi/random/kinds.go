package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"math/big"

	"github.com/google/uuid"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"golang.org/x/crypto/bcrypt"
)

// kind is a type of resource.
type kind struct {
	inputs []resource.PropertyKey
	// length is the input that must be given and be at least 1.
	length resource.PropertyKey
	// settings are the outputs that are known before anything is made.
	settings func(inputs) resource.PropertyMap
	// results are the outputs that are made.
	results []resource.PropertyKey
	create  func(inputs) (id string, outputs resource.PropertyMap, err error)
}

var kinds = map[tokens.Type]kind{
	"random:index/randomPassword:RandomPassword": {
		inputs:   characterInputs,
		length:   "length",
		settings: characterSettings,
		results:  []resource.PropertyKey{"bcryptHash", "result"},
		create:   createPassword,
	},
	"random:index/randomString:RandomString": {
		inputs:   characterInputs,
		length:   "length",
		settings: characterSettings,
		results:  []resource.PropertyKey{"result"},
		create:   createString,
	},
	"random:index/randomId:RandomId": {
		inputs:  []resource.PropertyKey{"byteLength", "prefix", "keepers"},
		length:  "byteLength",
		results: []resource.PropertyKey{"b64Std", "b64Url", "dec", "hex"},
		create:  createID,
	},
	"random:index/randomUuid:RandomUuid": {
		inputs:  []resource.PropertyKey{"keepers"},
		results: []resource.PropertyKey{"result"},
		create:  createUUID,
	},
	"random:index/randomBytes:RandomBytes": {
		inputs:  []resource.PropertyKey{"length", "keepers"},
		length:  "length",
		results: []resource.PropertyKey{"base64", "hex"},
		create:  createBytes,
	},
}

// preview gives the outputs as far as they are known before anything is made.
func (k kind) preview(i inputs) resource.PropertyMap {
	outputs := resource.PropertyMap{}
	if k.settings != nil {
		outputs = k.settings(i)
	}
	for _, key := range k.results {
		outputs[key] = resource.MakeComputed(resource.NewProperty(""))
	}
	return outputs
}

func createPassword(i inputs) (string, resource.PropertyMap, error) {
	result, outputs := randomCharacters(i), characterSettings(i)
	// bcrypt takes no more than 72 bytes.
	hash, err := bcrypt.GenerateFromPassword([]byte(result)[:min(len(result), 72)], bcrypt.DefaultCost)
	if err != nil {
		return "", nil, err
	}
	outputs["__meta"] = resource.NewProperty(`{"schema_version":"3"}`)
	outputs["bcryptHash"] = secret(string(hash))
	outputs["id"] = resource.NewProperty("none")
	outputs["result"] = secret(result)
	return "none", outputs, nil
}

func createString(i inputs) (string, resource.PropertyMap, error) {
	result, outputs := randomCharacters(i), characterSettings(i)
	outputs["__meta"] = resource.NewProperty(`{"schema_version":"2"}`)
	outputs["id"] = resource.NewProperty(result)
	outputs["result"] = resource.NewProperty(result)
	return result, outputs, nil
}

func createID(i inputs) (string, resource.PropertyMap, error) {
	bytes := randomBytes(i.ByteLength)
	id := base64.RawURLEncoding.EncodeToString(bytes)
	return id, resource.PropertyMap{
		"b64Std": resource.NewProperty(i.Prefix + base64.StdEncoding.EncodeToString(bytes)),
		"b64Url": resource.NewProperty(i.Prefix + id),
		"dec":    resource.NewProperty(i.Prefix + new(big.Int).SetBytes(bytes).String()),
		"hex":    resource.NewProperty(i.Prefix + hex.EncodeToString(bytes)),
		"id":     resource.NewProperty(id),
	}, nil
}

func createUUID(inputs) (string, resource.PropertyMap, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return "", nil, err
	}
	return id.String(), resource.PropertyMap{
		"id":     resource.NewProperty(id.String()),
		"result": resource.NewProperty(id.String()),
	}, nil
}

func createBytes(i inputs) (string, resource.PropertyMap, error) {
	bytes := randomBytes(i.Length)
	id := base64.StdEncoding.EncodeToString(bytes)
	return id, resource.PropertyMap{
		"base64": secret(id),
		"hex":    secret(hex.EncodeToString(bytes)),
	}, nil
}

func secret(text string) resource.PropertyValue {
	return resource.MakeSecret(resource.NewProperty(text))
}

func randomBytes(length uint) []byte {
	bytes := make([]byte, length)
	rand.Read(bytes) // never fails: it ends the process if the system has no random numbers
	return bytes
}
