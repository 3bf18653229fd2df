package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/nodejs/npm"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// host answers the engine. What it lacks, the embedded server refuses by the method's name.
type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	// engine is the address of the engine's own service, which the program logs to.
	engine string
	// ended is done when the engine is gone or cancels, by end.
	ended context.Context
	end   func()
}

func (h *host) Handshake(
	_ context.Context, req *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	h.engine = req.EngineAddress
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

func (h *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version}, nil
}

// GetRequiredPackages names none: the providers are installed beside the CLI, and one that is missing is reported by
// the engine when a resource first needs it.
func (h *host) GetRequiredPackages(
	context.Context, *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

// InstallDependencies runs `npm install`, as `pulumi new` and `pulumi install` ask.
func (h *host) InstallDependencies(
	req *pulumirpc.InstallDependenciesRequest, server grpc.ServerStreamingServer[pulumirpc.InstallDependenciesResponse],
) error {
	closer, stdout, stderr, err := rpcutil.MakeInstallDependenciesStreams(server, req.IsTerminal)
	if err != nil {
		return err
	}
	_, err = npm.Install(server.Context(), npm.NpmPackageManager, req.Info.GetProgramDirectory(), false, stdout, stderr)
	return errors.Join(err, closer.Close())
}

func (h *host) About(ctx context.Context, _ *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, err
	}
	output, err := exec.CommandContext(ctx, node, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("%s --version: %w", node, err)
	}
	return &pulumirpc.AboutResponse{Executable: node, Version: strings.TrimSpace(string(output))}, nil
}

// GetProgramDependencies lists the packages of package-lock.json, for `pulumi about`.
func (h *host) GetProgramDependencies(
	ctx context.Context, req *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	folder := req.Info.GetProgramDirectory()
	manager, err := npm.ResolvePackageManager(npm.NpmPackageManager, folder)
	if err != nil {
		return nil, err
	}
	packages, err := manager.ListPackages(ctx, folder, req.TransitiveDependencies)
	if err != nil {
		return nil, err
	}
	var response pulumirpc.GetProgramDependenciesResponse
	for _, found := range packages {
		dependency := &pulumirpc.DependencyInfo{Name: found.Name, Version: found.Version}
		response.Dependencies = append(response.Dependencies, dependency)
	}
	return &response, nil
}

func (h *host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.end()
	return &emptypb.Empty{}, nil
}
