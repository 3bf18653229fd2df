package provider

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// Plain is the same map without the marks of secrets, at any depth.
func Plain(values resource.PropertyMap) resource.PropertyMap {
	var unwrap func(resource.PropertyValue) (any, bool)
	unwrap = func(value resource.PropertyValue) (any, bool) {
		if !value.IsSecret() {
			return nil, false
		}
		return value.SecretValue().Element.MapRepl(nil, unwrap), true
	}
	return resource.NewPropertyMapFromMap(values.MapRepl(nil, unwrap))
}

// typeNames are a program's words for types of Go.
var typeNames = strings.NewReplacer("uint", "whole number from 0", "bool", "boolean")

// Decode reads plain values into a struct by its JSON names. A field whose value is unset, or not known yet in a preview,
// stays as it is. A value of another type than its field's is what a check fails for.
func Decode(plain resource.PropertyMap, into any) (Failures, error) {
	unset := func(value resource.PropertyValue) (any, bool) { return nil, value.IsComputed() }
	content, err := json.Marshal(plain.MapRepl(nil, unset))
	if err != nil {
		return nil, err
	}
	err = json.Unmarshal(content, into)
	var failures Failures
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		want := typeNames.Replace(wrong.Type.Kind().String())
		failures.Add(resource.PropertyKey(wrong.Field), "is a %s, must be a %s", wrong.Value, want)
		return failures, nil
	}
	return nil, err
}

// Diff compares two maps of inputs and says which keys differ. It leaves out the paths that are ignored, marks of secrets,
// and keys that begin with `__`: those are the engine's and, in states of the real providers, the bridge's own.
//
// It gives no detailed diff: the SDK's server would report its paths where the CLI expects keys, and the CLI finds the
// details in the inputs by itself.
func Diff(olds, news resource.PropertyMap, ignored ...string) plugin.DiffResult {
	var ignoredPaths []resource.PropertyPath
	for _, text := range ignored {
		if path, err := resource.ParsePropertyPath(text); err == nil {
			ignoredPaths = append(ignoredPaths, path)
		}
	}
	isIgnored := func(path resource.PropertyPath) bool {
		return slices.ContainsFunc(ignoredPaths, func(ignored resource.PropertyPath) bool { return ignored.Contains(path) })
	}
	difference := Plain(olds).DiffWithOptions(Plain(news),
		resource.IgnoreKeyFunc(resource.IsInternalPropertyKey), resource.IgnorePathFunc(isIgnored))
	if !difference.AnyChanges() {
		return plugin.DiffResult{Changes: plugin.DiffNone}
	}
	return plugin.DiffResult{Changes: plugin.DiffSome, ChangedKeys: difference.ChangedKeys()}
}
