package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/structpb"

	"realtime-analytics.local/pulumi/internal/test"
)

func request(t *testing.T, folder string, options map[string]any) *pulumirpc.RunRequest {
	t.Helper()
	marshalled, err := structpb.NewStruct(options)
	if err != nil {
		t.Fatal(err)
	}
	return &pulumirpc.RunRequest{
		Organization: "organization", Project: "p", Stack: "s", Pwd: folder, Parallel: 16, MonitorAddress: "monitor",
		Info: &pulumirpc.ProgramInfo{RootDirectory: folder, ProgramDirectory: folder, EntryPoint: ".", Options: marshalled},
	}
}

func TestConfigIsHandedOverByTheEnvironment(t *testing.T) {
	with := request(t, "/p", map[string]any{"typescript": false, "tsconfig": "tsconfig.pulumi.json"})
	with.Config = map[string]string{"p:b": `{"c":"<&>"}`, "p:a": "1"}
	with.ConfigSecretKeys = []string{"p:b"}
	for _, c := range []struct {
		req  *pulumirpc.RunRequest
		want []string
	}{
		{request(t, "/p", nil), []string{"PULUMI_CONFIG={}", "PULUMI_CONFIG_SECRET_KEYS=[]", "PULUMI_NODEJS_TYPESCRIPT=true"}},
		{with, []string{
			`PULUMI_CONFIG={"p:a":"1","p:b":"{\"c\":\"\u003c\u0026\u003e\"}"}`, `PULUMI_CONFIG_SECRET_KEYS=["p:b"]`,
			"PULUMI_NODEJS_TYPESCRIPT=false", "PULUMI_NODEJS_TSCONFIG_PATH=tsconfig.pulumi.json",
		}},
	} {
		got, err := runEnvironment(c.req)
		if err != nil {
			t.Error(err)
		}
		test.Equal(t, "environment", got, c.want)
	}
}

func TestRunnerGetsTheRunAsArguments(t *testing.T) {
	req := request(t, "/p", map[string]any{"nodeargs": "--inspect  --trace-warnings"})
	req.DryRun = true
	test.Equal(t, "arguments", strings.Join(runArguments("run", "engine", req), " "),
		"--inspect --trace-warnings --max-semi-space-size=64 run --monitor monitor --engine engine "+
			"--organization organization --project p --stack s --root-directory /p --pwd /p --parallel 16 --dry-run .")
}

func TestModuleIsFoundInAFolderAbove(t *testing.T) {
	root := t.TempDir()
	module := filepath.Join(root, "node_modules", "@pulumi", "pulumi", "cmd", "run")
	test.WriteFile(t, "", module, "index.js")
	got, err := resolve(filepath.Join(root, "a", "b"), "@pulumi/pulumi/cmd/run")
	if err != nil || got != module {
		t.Error(got, err)
	}
	_, err = resolve(t.TempDir(), "@pulumi/pulumi/cmd/run")
	test.Fails(t, err, "npm ci")
}

// run runs a shell script in node's place.
func run(t *testing.T, h *host, script string) (*pulumirpc.RunResponse, error) {
	t.Helper()
	folder := t.TempDir()
	test.WriteFile(t, "", folder, "node_modules", "@pulumi", "pulumi", "cmd", "run")
	bin := t.TempDir()
	test.WriteFile(t, "#!/bin/sh\n"+script, bin, "node")
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	return h.Run(context.Background(), request(t, folder, nil))
}

func TestExitCodeSaysWhoToldTheError(t *testing.T) {
	h := &host{ended: context.Background()}
	for script, want := range map[string]*pulumirpc.RunResponse{
		"exit 0":     {},
		"exit 32":    {Bail: true},
		"exit 1":     {Error: "the program failed: exit status 1"},
		"kill -9 $$": {Error: "the program failed: signal: killed"},
	} {
		got, err := run(t, h, script)
		if err != nil || got.GetError() != want.Error || got.GetBail() != want.Bail {
			t.Errorf("%s: %v, %v", script, got, err)
		}
	}
}

func TestProgramEndsWithTheEngine(t *testing.T) {
	ended, end := context.WithCancel(context.Background())
	h := &host{ended: ended, end: end}
	time.AfterFunc(100*time.Millisecond, func() { _, _ = h.Cancel(context.Background(), nil) })
	begin := time.Now()
	response, err := run(t, h, "exec sleep 60")
	if err != nil || response.Error != "the program was cancelled" || time.Since(begin) > 30*time.Second {
		t.Error(response, err)
	}
}

func TestDependenciesAreThoseOfTheLock(t *testing.T) {
	folder := t.TempDir()
	test.WriteFile(t, `{"dependencies":{"a":"^1.0.0"},"devDependencies":{"@s/b":"^2.0.0"}}`, folder, "package.json")
	lock, err := json.MarshalIndent(map[string]any{"lockfileVersion": 3, "packages": map[string]map[string]string{
		"": {"version": "0.1.0"}, "node_modules/a": {"version": "1.2.3"},
		"node_modules/@s/b": {"version": "2.3.4"}, "node_modules/c": {"version": "3.0.0"},
	}}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	test.WriteFile(t, string(lock), folder, "package-lock.json")
	for isTransitive, want := range map[bool][]string{
		false: {"@s/b 2.3.4", "a 1.2.3"},
		true:  {"@s/b 2.3.4", "a 1.2.3", "c 3.0.0"},
	} {
		response, err := new(host).GetProgramDependencies(context.Background(), &pulumirpc.GetProgramDependenciesRequest{
			Info: &pulumirpc.ProgramInfo{ProgramDirectory: folder}, TransitiveDependencies: isTransitive,
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, dependency := range response.Dependencies {
			got = append(got, dependency.Name+" "+dependency.Version)
		}
		slices.Sort(got)
		test.Equal(t, "dependencies", got, want)
	}
}

// streamed takes what the host sends to the engine.
type streamed struct {
	grpc.ServerStreamingServer[pulumirpc.InstallDependenciesResponse]
	output string
}

func (s *streamed) Context() context.Context { return context.Background() }

func (s *streamed) Send(response *pulumirpc.InstallDependenciesResponse) error {
	s.output += string(response.Stdout) + string(response.Stderr)
	return nil
}

func TestDependenciesAreInstalledByNpm(t *testing.T) {
	bin, folder := t.TempDir(), t.TempDir()
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	test.WriteFile(t, "{}", folder, "package.json")
	for script, want := range map[string]string{"mkdir node_modules": "", "exit 3": "exit status 3"} {
		test.WriteFile(t, "#!/bin/sh\necho \"npm $1\"\n"+script+"\n", bin, "npm")
		server := new(streamed)
		err := new(host).InstallDependencies(&pulumirpc.InstallDependenciesRequest{
			Info: &pulumirpc.ProgramInfo{ProgramDirectory: folder},
		}, server)
		if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), want)) {
			t.Error(script, err)
		}
		if !strings.Contains(server.output, "npm install") {
			t.Error(script, server.output)
		}
	}
}

func TestDynamicProviderIsFoundInAFolderAbove(t *testing.T) {
	root := t.TempDir()
	module := filepath.Join(root, "node_modules", "@pulumi", "pulumi", "cmd", "dynamic-provider")
	test.WriteFile(t, "", module)
	test.WriteFile(t, "#!/bin/sh\necho \"$@\"\n", root, "bin", "node")
	t.Setenv("PATH", filepath.Join(root, "bin")+":"+os.Getenv("PATH"))
	script, err := filepath.Abs("pulumi-resource-pulumi-nodejs")
	if err != nil {
		t.Fatal(err)
	}
	start := exec.Command(script, "127.0.0.1:1")
	start.Dir = filepath.Join(root, "bin")
	output, err := start.Output()
	if err != nil || !strings.HasSuffix(string(output), " "+module+" 127.0.0.1:1\n") {
		t.Errorf("%s, %v", output, err)
	}
	start = exec.Command(script, "127.0.0.1:1")
	start.Dir = t.TempDir()
	output, err = start.CombinedOutput()
	if err == nil || !strings.Contains(string(output), "npm ci") {
		t.Errorf("%s, %v", output, err)
	}
}
