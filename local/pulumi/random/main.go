// Command pulumi-resource-random is the provider of the package `random` with one resource, RandomPassword. Its inputs,
// outputs and id are those of the real provider 4.x, so that either takes over the other's state.
package main

import (
	"context"
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	sdkprovider "github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"

	"realtime-analytics.local/pulumi/internal/provider"
)

var version = "0.0.0-dev"

func main() {
	provider.Main(func(*sdkprovider.HostClient) plugin.Provider { return newRandomProvider() })
}

const passwordType tokens.Type = "random:index/randomPassword:RandomPassword"

// passwordID is the id of every password: what it is made of is secret.
const passwordID = "none"

type randomProvider struct{ provider.Base }

func newRandomProvider() *randomProvider {
	return &randomProvider{provider.Base{Name: "random", Version: version, Types: []tokens.Type{passwordType}}}
}

func (p *randomProvider) Check(_ context.Context, req plugin.CheckRequest) (plugin.CheckResponse, error) {
	if err := p.RefuseOthers(req.Type); err != nil {
		return plugin.CheckResponse{Failures: provider.Refusal(err)}, nil
	}
	failures, err := check(provider.Plain(req.News))
	return plugin.CheckResponse{Properties: req.News, Failures: failures}, err
}

// Diff replaces on any change: it takes another value.
func (p *randomProvider) Diff(_ context.Context, req plugin.DiffRequest) (plugin.DiffResponse, error) {
	result := provider.Diff(req.OldInputs, req.NewInputs, req.IgnoreChanges...)
	result.ReplaceKeys = result.ChangedKeys
	return result, nil
}

func (p *randomProvider) Create(_ context.Context, req plugin.CreateRequest) (plugin.CreateResponse, error) {
	inputs, _, err := parse(provider.Plain(req.Properties))
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	response := plugin.CreateResponse{Properties: inputs.preview()}
	if !req.Preview {
		response.ID = passwordID
		if response.Properties, err = inputs.create(); err != nil {
			return plugin.CreateResponse{}, err
		}
	}
	// The inputs as they came: those that are secret stay so.
	maps.Copy(response.Properties, own(req.Properties))
	return response, nil
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

// own leaves out what the engine or a bridged provider added to the inputs, such as `__defaults`.
func own(inputs resource.PropertyMap) resource.PropertyMap {
	outputs := inputs.Copy()
	maps.DeleteFunc(outputs, func(key resource.PropertyKey, _ resource.PropertyValue) bool {
		return resource.IsInternalPropertyKey(key)
	})
	return outputs
}
