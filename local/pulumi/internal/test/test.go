// Package test is what the tests of the plugins share.
package test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// Unknown is what a preview has for a value that is known only after `up`.
var Unknown = resource.MakeComputed(resource.NewProperty(""))

// Inputs are a resource's, as a program writes them. Unknown and secret ones are property values.
type Inputs = map[string]any

// Secret marks a text.
func Secret(text string) resource.PropertyValue {
	return resource.MakeSecret(resource.NewProperty(text))
}

// Map is the engine's form of them.
func Map(inputs Inputs) resource.PropertyMap { return resource.NewPropertyMapFromMap(inputs) }

// Equal reports what is not as it is wanted.
func Equal[T any](t *testing.T, what any, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v: got %v, want %v", what, got, want)
	}
}

// Fails reports an error that is missing, or says none of what it should.
func Fails(t *testing.T, err error, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one that says %q", err, want)
		}
	}
}

// Check has a provider check inputs, and gives its failures as `property reason`, a line each.
func Check(t *testing.T, p plugin.Provider, typ tokens.Type, news resource.PropertyMap) (resource.PropertyMap, string) {
	t.Helper()
	response, err := p.Check(context.Background(), plugin.CheckRequest{Type: typ, News: news})
	if err != nil {
		t.Fatal(err)
	}
	var failures []string
	for _, failure := range response.Failures {
		failures = append(failures, strings.TrimSpace(fmt.Sprintf("%s %s", failure.Property, failure.Reason)))
	}
	return response.Properties, strings.Join(failures, "\n")
}

// WriteFile writes a file, executable, with the folders above it.
func WriteFile(t *testing.T, content string, path ...string) {
	t.Helper()
	file := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}
