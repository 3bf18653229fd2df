package provider

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// Plain is the same map without the marks of secrets, at any depth.
func Plain(values resource.PropertyMap) resource.PropertyMap {
	plain := make(resource.PropertyMap, len(values))
	for key, value := range values {
		plain[key] = PlainValue(value)
	}
	return plain
}

// PlainValue is [Plain] for one value.
func PlainValue(value resource.PropertyValue) resource.PropertyValue {
	switch {
	case value.IsSecret():
		return PlainValue(value.SecretValue().Element)
	case value.IsObject():
		return resource.NewProperty(Plain(value.ObjectValue()))
	case value.IsArray():
		items := slices.Clone(value.ArrayValue())
		for i, item := range items {
			items[i] = PlainValue(item)
		}
		return resource.NewProperty(items)
	default:
		return value
	}
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
