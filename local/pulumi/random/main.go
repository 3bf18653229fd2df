// Command pulumi-resource-random is the provider of the package `random`, with its resources that make secrets and ids.
// Inputs, outputs and ids are those of the real provider 4.x, so that either takes over the other's state.
package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	sdkprovider "github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"

	"realtime-analytics.local/pulumi/internal/provider"
)

var version = "0.0.0-dev"

func main() {
	provider.Main(func(*sdkprovider.HostClient) plugin.Provider { return newRandomProvider() })
}

type randomProvider struct{ provider.Base }

func newRandomProvider() *randomProvider {
	return &randomProvider{provider.Base{Name: "random", Version: version}}
}

func (p *randomProvider) Check(_ context.Context, req plugin.CheckRequest) (plugin.CheckResponse, error) {
	kind, err := p.kindOf(string(req.Type))
	if err != nil {
		return plugin.CheckResponse{Failures: provider.Refusal(err)}, nil
	}
	return plugin.CheckResponse{Properties: req.News, Failures: kind.check(req.News)}, nil
}

// Diff replaces on any change: it takes another value.
func (p *randomProvider) Diff(_ context.Context, req plugin.DiffRequest) (plugin.DiffResponse, error) {
	result := provider.Diff(req.OldInputs, req.NewInputs, req.IgnoreChanges...)
	result.ReplaceKeys = result.ChangedKeys
	return result, nil
}

func (p *randomProvider) Create(_ context.Context, req plugin.CreateRequest) (plugin.CreateResponse, error) {
	kind, err := p.kindOf(string(req.Type))
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	if req.Preview {
		outputs := resource.PropertyMap{}
		if kind.settings != nil {
			outputs = kind.settings(provider.Plain(req.Properties))
		}
		for _, key := range kind.results {
			outputs[key] = resource.MakeComputed(resource.NewProperty(""))
		}
		maps.Copy(outputs, own(req.Properties))
		return plugin.CreateResponse{Properties: outputs}, nil
	}
	id, outputs, err := kind.create(provider.Plain(req.Properties))
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	if kind.isSecret {
		for _, key := range kind.results {
			outputs[key] = resource.MakeSecret(outputs[key])
		}
	}
	// The inputs as they came: those that are secret stay so.
	maps.Copy(outputs, own(req.Properties))
	return plugin.CreateResponse{ID: resource.ID(id), Properties: outputs}, nil
}

// Update has nothing to make, for any change of a value replaces.
func (p *randomProvider) Update(_ context.Context, req plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	outputs := req.OldOutputs.Copy()
	maps.Copy(outputs, own(req.NewInputs))
	return plugin.UpdateResponse{Properties: outputs}, nil
}

// Delete has nothing to delete: all there is stands in the state.
func (p *randomProvider) Delete(context.Context, plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	return plugin.DeleteResponse{}, nil
}

func (p *randomProvider) kindOf(typ string) (kind, error) {
	found, ok := kinds[typ]
	if !ok {
		var names []string
		for token := range kinds {
			names = append(names, token[strings.LastIndex(token, ":")+1:])
		}
		slices.Sort(names)
		return kind{}, p.Lacks("the type " + typ + " (it has " + strings.Join(names, ", ") + ")")
	}
	return found, nil
}

// own leaves out what the engine or a bridged provider added to the inputs, such as `__defaults`.
func own(inputs resource.PropertyMap) resource.PropertyMap {
	outputs := inputs.Copy()
	maps.DeleteFunc(outputs, func(key resource.PropertyKey, _ resource.PropertyValue) bool {
		return resource.IsInternalPropertyKey(key)
	})
	return outputs
}
