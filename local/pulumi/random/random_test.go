package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"golang.org/x/crypto/bcrypt"
)

type inputs map[string]any

func typeOf(name string) tokens.Type {
	return tokens.Type(fmt.Sprintf("random:index/random%s:Random%s", name, name))
}

func (i inputs) properties() resource.PropertyMap { return resource.NewPropertyMapFromMap(i) }

func create(t *testing.T, name string, news resource.PropertyMap) (string, resource.PropertyMap) {
	t.Helper()
	response, err := newRandomProvider().Create(context.Background(),
		plugin.CreateRequest{Type: typeOf(name), Properties: news})
	if err != nil {
		t.Fatal(err)
	}
	return string(response.ID), response.Properties
}

func check(t *testing.T, name string, news resource.PropertyMap) string {
	t.Helper()
	response, err := newRandomProvider().Check(context.Background(), plugin.CheckRequest{Type: typeOf(name), News: news})
	if err != nil {
		t.Fatal(err)
	}
	var failures []string
	for _, failure := range response.Failures {
		failures = append(failures, strings.TrimSpace(fmt.Sprintf("%s %s", failure.Property, failure.Reason)))
	}
	return strings.Join(failures, "\n")
}

func secretText(t *testing.T, value resource.PropertyValue) string {
	t.Helper()
	if !value.IsSecret() {
		t.Fatalf("%v is not secret", value)
	}
	return value.SecretValue().Element.StringValue()
}

func TestPasswordHasTheRealProvidersOutputs(t *testing.T) {
	id, outputs := create(t, "Password", inputs{"length": 24, "special": false, "minNumeric": 3}.properties())
	result := secretText(t, outputs["result"])
	if !regexp.MustCompile(`^[A-Za-z0-9]{24}$`).MatchString(result) {
		t.Errorf("result is %q", result)
	}
	if digits := regexp.MustCompile(`\D`).ReplaceAllString(result, ""); len(digits) < 3 {
		t.Errorf("%q has fewer than 3 digits", result)
	}
	if err := bcrypt.CompareHashAndPassword([]byte(secretText(t, outputs["bcryptHash"])), []byte(result)); err != nil {
		t.Error(err)
	}
	delete(outputs, "result")
	delete(outputs, "bcryptHash")
	want := inputs{
		"__meta": `{"schema_version":"3"}`, "id": "none", "length": 24, "special": false, "number": true, "numeric": true,
		"lower": true, "upper": true, "minLower": 0, "minNumeric": 3, "minSpecial": 0, "minUpper": 0,
	}.properties()
	if id != "none" || !reflect.DeepEqual(outputs, want) {
		t.Errorf("id %q and outputs %v, want %v", id, outputs, want)
	}
}

func TestLongPasswordIsHashedByItsFirst72Bytes(t *testing.T) {
	_, outputs := create(t, "Password", inputs{"length": 100}.properties())
	result, hash := secretText(t, outputs["result"]), secretText(t, outputs["bcryptHash"])
	if err := bcrypt.CompareHashAndPassword([]byte(hash), []byte(result)[:72]); err != nil {
		t.Error(err)
	}
	if cost, err := bcrypt.Cost([]byte(hash)); cost != 10 || err != nil {
		t.Errorf("cost is %d, %v", cost, err)
	}
}

func TestCharactersComeFromTheClassesThatAreOn(t *testing.T) {
	for want, news := range map[string]inputs{
		`^[a-z]{6}$`:                       {"length": 6, "upper": false, "numeric": false, "special": false},
		`^[0-9]{6}$`:                       {"length": 6, "upper": false, "lower": false, "special": false},
		`^[A-Z]{6}$`:                       {"length": 6, "number": false, "lower": false, "special": false},
		`^[_é]{6}$`:                        {"length": 6, "number": false, "lower": false, "upper": false, "overrideSpecial": "_é"},
		`^.*\*.*\*.*$`:                     {"length": 2, "minSpecial": 2, "overrideSpecial": "*"},
		`^[!@#$%&*()\-_=+\[\]{}<>:?]{40}$`: {"length": 40, "numeric": false, "lower": false, "upper": false},
	} {
		id, outputs := create(t, "String", news.properties())
		if !regexp.MustCompile(want).MatchString(id) || outputs["result"].StringValue() != id {
			t.Errorf("%v gave id %q and result %v", news, id, outputs["result"])
		}
	}
}

func TestFormsOfAnIDAreOfTheSameBytes(t *testing.T) {
	id, outputs := create(t, "Id", inputs{"byteLength": 8, "prefix": "p-"}.properties())
	bytes, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || len(bytes) != 8 {
		t.Fatalf("id %q: %v", id, err)
	}
	want := inputs{
		"id": id, "b64Url": "p-" + id, "b64Std": "p-" + base64.StdEncoding.EncodeToString(bytes),
		"hex": "p-" + hex.EncodeToString(bytes), "dec": "p-" + new(big.Int).SetBytes(bytes).String(),
		"byteLength": 8, "prefix": "p-",
	}.properties()
	if !reflect.DeepEqual(outputs, want) {
		t.Errorf("outputs %v, want %v", outputs, want)
	}
}

func TestUUIDIsItsIDAndBytesAreSecret(t *testing.T) {
	id, outputs := create(t, "Uuid", nil)
	if outputs["result"].StringValue() != id || len(id) != 36 {
		t.Errorf("id %q, result %v", id, outputs["result"])
	}
	id, outputs = create(t, "Bytes", inputs{"length": 16}.properties())
	bytes, err := hex.DecodeString(secretText(t, outputs["hex"]))
	if err != nil || len(bytes) != 16 {
		t.Error(bytes, err)
	}
	if got := secretText(t, outputs["base64"]); got != base64.StdEncoding.EncodeToString(bytes) || got != id {
		t.Errorf("base64 %q, id %q", got, id)
	}
}

func TestSecretInputStaysSecretAndTheEnginesKeysStayOut(t *testing.T) {
	news := inputs{"byteLength": 4, "__defaults": []any{}}.properties()
	news["prefix"] = resource.MakeSecret(resource.NewProperty("p-"))
	_, outputs := create(t, "Id", news)
	if secretText(t, outputs["prefix"]) != "p-" || outputs.HasValue("__defaults") {
		t.Error(outputs)
	}
}

func TestAnyChangedInputReplacesButNotAnIgnoredOne(t *testing.T) {
	diff := func(olds, news inputs, ignored ...string) plugin.DiffResult {
		result, err := newRandomProvider().Diff(context.Background(), plugin.DiffRequest{
			Type: typeOf("Uuid"), OldInputs: olds.properties(), NewInputs: news.properties(), IgnoreChanges: ignored,
		})
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	olds, news := inputs{"keepers": inputs{"a": "1"}.plain()}, inputs{"keepers": inputs{"a": "2"}.plain()}
	changed := diff(olds, news)
	want := []resource.PropertyKey{"keepers"}
	if !reflect.DeepEqual(changed.ReplaceKeys, want) || !reflect.DeepEqual(changed.ChangedKeys, want) {
		t.Errorf("%+v", changed)
	}
	for _, same := range []plugin.DiffResult{
		diff(olds, news, "keepers"),
		diff(olds, news, "keepers.a"),
		diff(inputs{"__defaults": []any{}}, inputs{}),
	} {
		if same.Changes != plugin.DiffNone || same.Replace() {
			t.Errorf("%+v", same)
		}
	}
}

func (i inputs) plain() map[string]any { return i }

func TestMarkingAnInputSecretChangesNothing(t *testing.T) {
	result, err := newRandomProvider().Diff(context.Background(), plugin.DiffRequest{
		OldInputs: inputs{"prefix": "p"}.properties(),
		NewInputs: resource.PropertyMap{"prefix": resource.MakeSecret(resource.NewProperty("p"))},
	})
	if err != nil || result.Changes != plugin.DiffNone {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestPreviewMakesNothing(t *testing.T) {
	response, err := newRandomProvider().Create(context.Background(), plugin.CreateRequest{
		Type: typeOf("Password"), Properties: inputs{"length": 8}.properties(), Preview: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	unknown := resource.MakeComputed(resource.NewProperty(""))
	want := inputs{
		"length": 8, "special": true, "number": true, "numeric": true, "lower": true, "upper": true,
		"minLower": 0, "minNumeric": 0, "minSpecial": 0, "minUpper": 0,
	}.properties()
	want["result"], want["bcryptHash"] = unknown, unknown
	if response.ID != "" || !reflect.DeepEqual(response.Properties, want) {
		t.Errorf("%+v", response)
	}
}

func TestInputsAreChecked(t *testing.T) {
	unknown := resource.MakeComputed(resource.NewProperty(""))
	secret := resource.MakeSecret(resource.NewProperty("x"))
	none := inputs{"length": 4, "lower": false, "upper": false, "numeric": false, "special": false}
	for _, c := range []struct {
		name string
		news resource.PropertyMap
		want string
	}{
		{"Password", nil, "length must be a whole number of at least 1, is null"},
		{"Password", inputs{"length": 1.5}.properties(), "length must be a whole number of at least 1, is 1.5"},
		{"Password", inputs{"length": 2, "minUpper": 3}.properties(), "length must be at least the sum of the minima, 3, is 2"},
		{"Password", inputs{"length": 2, "lower": "no"}.properties(), `lower must be true or false, is "no"`},
		{"Password", resource.PropertyMap{"length": secret},
			"length must be a whole number of at least 1, is a secret that is not"},
		{"String", none.properties(), "lower, upper, numeric and special are all false: there is nothing to choose from"},
		{"Id", inputs{"byteLength": 4, "size": 1}.properties(), "size is not an input of this resource"},
		{"Uuid", inputs{"keepers": "x"}.properties(), `keepers must be a map of strings, is "x"`},
		{"Uuid", inputs{"keepers": nil, "__defaults": []any{}}.properties(), ""},
		{"Password", resource.PropertyMap{"length": unknown, "minUpper": unknown}, ""},
	} {
		if got := check(t, c.name, c.news); got != c.want {
			t.Errorf("%s %v: %q, want %q", c.name, c.news, got, c.want)
		}
	}
}

func TestTypesThatItLacksAreRefusedByName(t *testing.T) {
	got := check(t, "Pet", nil)
	for _, want := range []string{"lacks the type random:index/randomPet:RandomPet", "RandomUuid", "Install the Pulumi CLI"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
}

func TestReadGivesTheStateBackAndRefusesAnImport(t *testing.T) {
	p := newRandomProvider()
	state := inputs{"result": "x"}.properties()
	response, err := p.Read(context.Background(), plugin.ReadRequest{Type: typeOf("Uuid"), ID: "x", State: state})
	if err != nil || response.ID != "x" || !reflect.DeepEqual(response.Outputs, state) {
		t.Errorf("%+v, %v", response, err)
	}
	_, err = p.Read(context.Background(), plugin.ReadRequest{Type: typeOf("Uuid"), ID: "x"})
	if err == nil || !strings.Contains(err.Error(), "lacks the import of random:index/randomUuid:RandomUuid") {
		t.Error(err)
	}
}
