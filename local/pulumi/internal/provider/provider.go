// Package provider is what our providers share: how the engine reaches them, and how they refuse what they lack.
package provider

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	sdkprovider "github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Main serves a provider until the engine is done with it, or gone.
func Main(create func(*sdkprovider.HostClient) plugin.Provider) {
	ctx, cancel := context.WithCancel(context.Background())
	serve := func(host *sdkprovider.HostClient) (pulumirpc.ResourceProviderServer, error) {
		// The SDK's own check comes each five minutes: that long a provider would outlive a CLI that is killed.
		if engine := flag.Arg(0); engine != "" {
			if err := rpcutil.Healthcheck(ctx, engine, time.Second, cancel); err != nil {
				return nil, err
			}
		}
		return plugin.NewProviderServer(create(host)), nil
	}
	if err := sdkprovider.MainContext(ctx, os.Args[0], serve); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Base answers what any provider is asked, and refuses the rest by the method's name.
type Base struct {
	plugin.UnimplementedProvider

	Name    string
	Version string
	// Types are the resources that it has.
	Types []tokens.Type
}

// Lacks says that something isn't in this provider, and how to get it.
func (b *Base) Lacks(what string) error {
	return fmt.Errorf("this build of the provider %q lacks %s. Install the Pulumi CLI for it, "+
		"which downloads the whole provider: https://www.pulumi.com/docs/install/", b.Name, what)
}

// RefuseOthers gives an error for a type that this provider lacks.
func (b *Base) RefuseOthers(typ tokens.Type) error {
	if slices.Contains(b.Types, typ) {
		return nil
	}
	var names []string
	for _, known := range b.Types {
		names = append(names, string(known.Name()))
	}
	return b.Lacks(fmt.Sprintf("the type %s (it has %s)", typ, strings.Join(names, ", ")))
}

func (b *Base) Handshake(
	context.Context, plugin.ProviderHandshakeRequest,
) (*plugin.ProviderHandshakeResponse, error) {
	return &plugin.ProviderHandshakeResponse{AcceptSecrets: true}, nil
}

func (b *Base) GetPluginInfo(context.Context) (plugin.PluginInfo, error) {
	version, err := semver.ParseTolerant(b.Version)
	if err != nil {
		return plugin.PluginInfo{}, fmt.Errorf("version %q: %w", b.Version, err)
	}
	return plugin.PluginInfo{Version: &version}, nil
}

func (b *Base) GetSchema(context.Context, plugin.GetSchemaRequest) (plugin.GetSchemaResponse, error) {
	return plugin.GetSchemaResponse{Schema: fmt.Appendf(nil, `{"name":%q,"version":%q}`, b.Name, b.Version)}, nil
}

func (b *Base) CheckConfig(_ context.Context, req plugin.CheckConfigRequest) (plugin.CheckConfigResponse, error) {
	return plugin.CheckConfigResponse{Properties: req.News}, nil
}

func (b *Base) DiffConfig(_ context.Context, req plugin.DiffConfigRequest) (plugin.DiffConfigResponse, error) {
	return Diff(req.OldInputs, req.NewInputs, req.IgnoreChanges...), nil
}

func (b *Base) Configure(context.Context, plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	return plugin.ConfigureResponse{}, nil
}

// Read takes the state for what is there. Without a state, as in an import, there is nothing to tell it from.
func (b *Base) Read(_ context.Context, req plugin.ReadRequest) (plugin.ReadResponse, error) {
	if len(req.State) == 0 {
		return plugin.ReadResponse{}, b.Lacks("the import of " + string(req.Type))
	}
	result := plugin.ReadResult{ID: req.ID, Inputs: req.Inputs, Outputs: req.State}
	return plugin.ReadResponse{ReadResult: result}, nil
}

func (b *Base) Invoke(_ context.Context, req plugin.InvokeRequest) (plugin.InvokeResponse, error) {
	return plugin.InvokeResponse{}, b.Lacks("the function " + string(req.Tok))
}

func (b *Base) Construct(_ context.Context, req plugin.ConstructRequest) (plugin.ConstructResponse, error) {
	return plugin.ConstructResponse{}, b.Lacks("the component " + string(req.Type))
}

func (b *Base) SignalCancellation(context.Context) error { return nil }

func (b *Base) Close() error { return nil }

// Failures are what is wrong with inputs, which the CLI shows at the resource.
type Failures []plugin.CheckFailure

// Add adds a reason; without a property it is one of the whole resource.
func (f *Failures) Add(property resource.PropertyKey, format string, values ...any) {
	*f = append(*f, plugin.CheckFailure{Property: property, Reason: fmt.Sprintf(format, values...)})
}

// Refusal makes an error a failed check.
func Refusal(err error) Failures { return Failures{{Reason: err.Error()}} }
