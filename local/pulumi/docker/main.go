// Command pulumi-resource-docker is the provider of the package `docker` with one resource, Image: images built from a
// Dockerfile by the docker client, with the inputs and outputs of the real provider's.
package main

import (
	"context"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	sdkprovider "github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"

	"realtime-analytics.local/pulumi/internal/provider"
)

var version = "0.0.0-dev"

const imageType tokens.Type = "docker:index/image:Image"

func main() {
	provider.Main(func(engine *sdkprovider.HostClient) plugin.Provider {
		return newDockerProvider(func(urn resource.URN, line string) {
			// A line of progress that is lost is no reason to fail.
			_ = engine.LogStatus(context.Background(), diag.Info, urn, line)
		})
	})
}

type dockerProvider struct {
	provider.Base

	client client
	// showStatus shows a line of progress at a resource until the next one.
	showStatus func(urn resource.URN, line string)
	// cancelled is done when the engine cancels, by cancel.
	cancelled context.Context
	cancel    func()
}

func newDockerProvider(showStatus func(resource.URN, string)) *dockerProvider {
	cancelled, cancel := context.WithCancel(context.Background())
	base := provider.Base{Name: "docker", Version: version, Types: []tokens.Type{imageType}}
	return &dockerProvider{Base: base, showStatus: showStatus, cancelled: cancelled, cancel: cancel}
}

func (p *dockerProvider) CheckConfig(
	_ context.Context, req plugin.CheckConfigRequest,
) (plugin.CheckConfigResponse, error) {
	var failures provider.Failures
	for _, key := range req.News.StableKeys() {
		isKnown := slices.Contains([]resource.PropertyKey{"host", "certPath", "version"}, key)
		if !isKnown && !resource.IsInternalPropertyKey(key) {
			failures.Add(key, "%v", p.Lacks("the setting "+string(key)+" (it has host and certPath)"))
		}
	}
	return plugin.CheckConfigResponse{Properties: req.News, Failures: failures}, nil
}

func (p *dockerProvider) Configure(
	_ context.Context, req plugin.ConfigureRequest,
) (plugin.ConfigureResponse, error) {
	_, err := provider.Decode(provider.Plain(req.Inputs), &p.client)
	return plugin.ConfigureResponse{}, err
}

func (p *dockerProvider) Check(_ context.Context, req plugin.CheckRequest) (plugin.CheckResponse, error) {
	if err := p.RefuseOthers(req.Type); err != nil {
		return plugin.CheckResponse{Failures: provider.Refusal(err)}, nil
	}
	inputs, failures, err := check(req.News)
	return plugin.CheckResponse{Properties: inputs, Failures: failures}, err
}

// Diff compares with what was built last. Credentials may change without another build.
func (p *dockerProvider) Diff(_ context.Context, req plugin.DiffRequest) (plugin.DiffResponse, error) {
	olds := req.OldInputs
	if built := provider.Plain(req.OldOutputs)["__inputs"]; built.IsObject() {
		olds = built.ObjectValue()
	}
	ignored := append([]string{"registry.username", "registry.password"}, req.IgnoreChanges...)
	return provider.Diff(olds, req.NewInputs, ignored...), nil
}

func (p *dockerProvider) Create(ctx context.Context, req plugin.CreateRequest) (plugin.CreateResponse, error) {
	outputs, err := p.build(ctx, req.URN, req.Properties, req.Preview)
	if err != nil || req.Preview {
		return plugin.CreateResponse{Properties: outputs}, err
	}
	id := provider.Plain(outputs)["imageName"].StringValue()
	return plugin.CreateResponse{ID: resource.ID(id), Properties: outputs}, nil
}

// Read doesn't compare what was built with what is in the registry.
func (p *dockerProvider) Read(ctx context.Context, req plugin.ReadRequest) (plugin.ReadResponse, error) {
	if err := p.RefuseOthers(req.Type); err != nil {
		return plugin.ReadResponse{}, err
	}
	return p.Base.Read(ctx, req)
}

func (p *dockerProvider) Update(ctx context.Context, req plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	outputs, err := p.build(ctx, req.URN, req.NewInputs, req.Preview)
	return plugin.UpdateResponse{Properties: outputs}, err
}

// Delete leaves the image: another stack, or a rollback, may use it.
func (p *dockerProvider) Delete(_ context.Context, req plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	return plugin.DeleteResponse{}, p.RefuseOthers(req.Type)
}

func (p *dockerProvider) SignalCancellation(context.Context) error {
	p.cancel()
	return nil
}

func (p *dockerProvider) build(
	ctx context.Context, urn resource.URN, inputs resource.PropertyMap, isPreview bool,
) (resource.PropertyMap, error) {
	plain := provider.Plain(inputs)
	image, _, err := parseImage(plain)
	if err != nil {
		return nil, err
	}
	// A preview that doesn't build leaves the digest unknown.
	if isPreview && (!image.BuildOnPreview || inputs.ContainsUnknowns()) {
		return inputs, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.cancelled, cancel)()
	showStatus := func(line string) { p.showStatus(urn, line) }
	defer showStatus("")
	digest, err := p.client.build(ctx, image, !image.SkipPush && !isPreview, showStatus)
	if err != nil {
		return nil, err
	}
	outputs := image.outputs(inputs, digest)
	outputs["__inputs"] = resource.MakeSecret(resource.NewProperty(plain))
	return outputs, nil
}
