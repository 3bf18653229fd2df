package main

import (
	"context"
	"errors"
	"reflect"
	"regexp"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"golang.org/x/crypto/bcrypt"

	"realtime-analytics.local/pulumi/internal/test"
)

func create(t *testing.T, news test.Inputs) resource.PropertyMap {
	t.Helper()
	request := plugin.CreateRequest{Type: passwordType, Properties: test.Map(news)}
	response, err := newRandomProvider().Create(context.Background(), request)
	if err != nil || response.ID != "none" {
		t.Fatal(response.ID, err)
	}
	return response.Properties
}

func secretText(t *testing.T, value resource.PropertyValue) string {
	t.Helper()
	if !value.IsSecret() {
		t.Fatalf("%v is not secret", value)
	}
	return value.SecretValue().Element.StringValue()
}

func TestPasswordHasTheRealProvidersOutputs(t *testing.T) {
	outputs := create(t, test.Inputs{"length": 24, "special": false, "minNumeric": 3})
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
	test.Equal(t, "outputs", outputs, test.Map(test.Inputs{
		"__meta": `{"schema_version":"3"}`, "id": "none", "length": 24, "special": false, "number": true, "numeric": true,
		"lower": true, "upper": true, "minLower": 0, "minNumeric": 3, "minSpecial": 0, "minUpper": 0,
		"result": outputs["result"], "bcryptHash": outputs["bcryptHash"],
	}))
}

func TestLongPasswordIsHashedByItsFirst72Bytes(t *testing.T) {
	outputs := create(t, test.Inputs{"length": 100})
	result, hash := secretText(t, outputs["result"]), secretText(t, outputs["bcryptHash"])
	if err := bcrypt.CompareHashAndPassword([]byte(hash), []byte(result)[:72]); err != nil {
		t.Error(err)
	}
	if cost, err := bcrypt.Cost([]byte(hash)); cost != 10 || err != nil {
		t.Errorf("cost is %d, %v", cost, err)
	}
}

func TestCharactersComeFromTheClassesThatAreOn(t *testing.T) {
	for want, news := range map[string]test.Inputs{
		`^[a-z]{6}$`:                       {"length": 6, "upper": false, "numeric": false, "special": false},
		`^[0-9]{6}$`:                       {"length": 6, "upper": false, "lower": false, "special": false},
		`^[A-Z]{6}$`:                       {"length": 6, "number": false, "lower": false, "special": false},
		`^[_é]{6}$`:                        {"length": 6, "number": false, "lower": false, "upper": false, "overrideSpecial": "_é"},
		`^.*\*.*\*.*$`:                     {"length": 2, "minSpecial": 2, "overrideSpecial": "*"},
		`^[!@#$%&*()\-_=+\[\]{}<>:?]{40}$`: {"length": 40, "numeric": false, "lower": false, "upper": false},
	} {
		if got := secretText(t, create(t, news)["result"]); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%v gave %q, want %s", news, got, want)
		}
	}
}

func TestSecretInputStaysSecretAndTheEnginesKeysStayOut(t *testing.T) {
	outputs := create(t, test.Inputs{"length": 4, "overrideSpecial": test.Secret("-"), "__defaults": []any{}})
	if secretText(t, outputs["overrideSpecial"]) != "-" || outputs.HasValue("__defaults") {
		t.Error(outputs)
	}
}

func TestAnyChangedInputReplacesButNotAnIgnoredOneNorTheMarkOfASecret(t *testing.T) {
	olds, news := test.Inputs{"keepers": test.Inputs{"a": "1"}}, test.Inputs{"keepers": test.Inputs{"a": "2"}}
	for _, c := range []struct {
		olds, news test.Inputs
		ignored    []string
		want       []resource.PropertyKey
	}{
		{olds, news, nil, []resource.PropertyKey{"keepers"}},
		{olds, news, []string{"keepers"}, nil},
		{olds, news, []string{"keepers.a"}, nil},
		{test.Inputs{"__defaults": []any{}}, test.Inputs{}, nil, nil},
		{test.Inputs{"length": 8}, test.Inputs{"length": resource.MakeSecret(resource.NewProperty(8.0))}, nil, nil},
	} {
		got, err := newRandomProvider().Diff(context.Background(), plugin.DiffRequest{
			OldInputs: test.Map(c.olds), NewInputs: test.Map(c.news), IgnoreChanges: c.ignored,
		})
		if err != nil {
			t.Fatal(err)
		}
		test.Equal(t, c, got.ReplaceKeys, c.want)
		test.Equal(t, c, got.ChangedKeys, c.want)
		test.Equal(t, c, got.Changes == plugin.DiffNone, c.want == nil)
	}
}

func TestPreviewMakesNothing(t *testing.T) {
	response, err := newRandomProvider().Create(context.Background(), plugin.CreateRequest{
		Type: passwordType, Properties: test.Map(test.Inputs{"length": 8}), Preview: true,
	})
	if err != nil || response.ID != "" {
		t.Error(response.ID, err)
	}
	test.Equal(t, "outputs", response.Properties, test.Map(test.Inputs{
		"length": 8, "special": true, "number": true, "numeric": true, "lower": true, "upper": true,
		"minLower": 0, "minNumeric": 0, "minSpecial": 0, "minUpper": 0, "result": test.Unknown, "bcryptHash": test.Unknown,
	}))
}

func TestInputsAreChecked(t *testing.T) {
	none := test.Inputs{"length": 4, "lower": false, "upper": false, "numeric": false, "special": false}
	for _, c := range []struct {
		news test.Inputs
		want string
	}{
		{nil, "length is required"},
		{test.Inputs{"length": 0}, "length must be at least 1, is 0"},
		{test.Inputs{"length": 1.5}, "length is a number 1.5, must be a whole number from 0"},
		{test.Inputs{"length": 8, "minLower": -1}, "minLower is a number -1, must be a whole number from 0"},
		{test.Inputs{"length": 2, "minUpper": 3}, "length must be at least the sum of the minima, 3, is 2"},
		{test.Inputs{"length": 2, "lower": "no"}, "lower is a string, must be a boolean"},
		{test.Inputs{"length": test.Secret("x")}, "length is a string, must be a whole number from 0"},
		{none, "lower, upper, numeric and special are all false: there is nothing to choose from"},
		{test.Inputs{"length": 4, "size": 1}, "size is not an input of this resource"},
		{test.Inputs{"length": 4, "keepers": "x"}, "keepers is a string, must be a map"},
		{test.Inputs{"length": 4, "keepers": nil, "__defaults": []any{}}, ""},
		{test.Inputs{"length": test.Unknown, "minUpper": test.Unknown}, ""},
	} {
		_, got := test.Check(t, newRandomProvider(), passwordType, test.Map(c.news))
		test.Equal(t, c.news, got, c.want)
	}
}

func TestTypesThatItLacksAreRefusedByName(t *testing.T) {
	_, got := test.Check(t, newRandomProvider(), "random:index/randomPet:RandomPet", nil)
	test.Fails(t, errors.New(got), "lacks the type random:index/randomPet:RandomPet (it has RandomPassword). Install the Pulumi CLI")
}

func TestReadGivesTheStateBackAndRefusesAnImport(t *testing.T) {
	p := newRandomProvider()
	state := test.Map(test.Inputs{"result": "x"})
	response, err := p.Read(context.Background(), plugin.ReadRequest{Type: passwordType, ID: "x", State: state})
	if err != nil || response.ID != "x" || !reflect.DeepEqual(response.Outputs, state) {
		t.Errorf("%+v, %v", response, err)
	}
	_, err = p.Read(context.Background(), plugin.ReadRequest{Type: passwordType, ID: "x"})
	test.Fails(t, err, "lacks the import of random:index/randomPassword:RandomPassword")
}
