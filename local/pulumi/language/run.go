package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/fsutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// errorWasLogged is the exit code of the SDK's runner after an error that it has told the engine already.
const errorWasLogged = 32

// Run runs the program by the SDK's own runner until it ends. What it prints goes to this process' own streams, which
// the CLI shows.
func (h *host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	folder := req.Info.GetProgramDirectory()
	runner, err := resolve(folder, "@pulumi/pulumi/cmd/run")
	if err != nil {
		return nil, err
	}
	environment, err := runEnvironment(req)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.ended, cancel)()
	node := exec.CommandContext(ctx, "node", runArguments(runner, h.engine, req)...)
	node.Dir = folder
	node.Env = append(os.Environ(), environment...)
	node.Stdout = os.Stdout
	node.Stderr = os.Stderr
	return runResponse(ctx, node.Run())
}

func runResponse(ctx context.Context, err error) (*pulumirpc.RunResponse, error) {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case ctx.Err() != nil:
		return &pulumirpc.RunResponse{Error: "the program was cancelled"}, nil
	case !errors.As(err, &exit):
		return nil, fmt.Errorf("starting node: %w", err)
	case exit.ExitCode() == errorWasLogged:
		return &pulumirpc.RunResponse{Bail: true}, nil
	default:
		return &pulumirpc.RunResponse{Error: "the program failed: " + exit.Error()}, nil
	}
}

// resolve finds a module as Node does: in the node_modules of the folder, or of the nearest one above it.
func resolve(folder, module string) (string, error) {
	path, err := fsutil.Searchup(folder, filepath.Join("node_modules", module))
	if errors.Is(err, fsutil.ErrNotFound) {
		return "", fmt.Errorf("%s is not in the node_modules of %s or of a folder above it: "+
			"run `make setup`, or `npm ci` there", module, folder)
	}
	return path, err
}

func runArguments(runner, engine string, req *pulumirpc.RunRequest) []string {
	nodeArguments, _ := req.Info.GetOptions().AsMap()["nodeargs"].(string)
	arguments := append(strings.Fields(nodeArguments),
		// A program is short and makes much garbage: with Node's default of 16 MB a tenth of its time is spent on it.
		"--max-semi-space-size=64",
		runner,
		"--monitor", req.MonitorAddress,
		"--engine", engine,
		"--organization", req.Organization,
		"--project", req.Project,
		"--stack", req.Stack,
		"--root-directory", req.Info.GetRootDirectory(),
		"--pwd", req.Pwd,
		"--parallel", strconv.Itoa(int(req.Parallel)),
	)
	if req.DryRun {
		arguments = append(arguments, "--dry-run")
	}
	arguments = append(arguments, cmp.Or(req.Info.GetEntryPoint(), "."))
	return append(arguments, req.Args...)
}

// runEnvironment is what the SDK reads besides its arguments.
func runEnvironment(req *pulumirpc.RunRequest) ([]string, error) {
	// Without any, the SDK expects {} and [], not null.
	config := map[string]string{}
	maps.Copy(config, req.Config)
	configJSON, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	secretKeysJSON, err := json.Marshal(append([]string{}, req.ConfigSecretKeys...))
	if err != nil {
		return nil, err
	}
	options := req.Info.GetOptions().AsMap()
	environment := []string{
		"PULUMI_CONFIG=" + string(configJSON),
		"PULUMI_CONFIG_SECRET_KEYS=" + string(secretKeysJSON),
		"PULUMI_NODEJS_TYPESCRIPT=" + strconv.FormatBool(options["typescript"] != false),
	}
	if path, ok := options["tsconfig"].(string); ok {
		environment = append(environment, "PULUMI_NODEJS_TSCONFIG_PATH="+path)
	}
	return environment, nil
}
