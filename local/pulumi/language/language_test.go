package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

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
	req := request(t, "/p", nil)
	environment, err := runEnvironment(req)
	want := []string{"PULUMI_CONFIG={}", "PULUMI_CONFIG_SECRET_KEYS=[]", "PULUMI_NODEJS_TYPESCRIPT=true"}
	if err != nil || !reflect.DeepEqual(environment, want) {
		t.Errorf("without config: %q, %v", environment, err)
	}
	req = request(t, "/p", map[string]any{"typescript": false, "tsconfig": "tsconfig.pulumi.json"})
	req.Config = map[string]string{"p:b": `{"c":"<&>"}`, "p:a": "1"}
	req.ConfigSecretKeys = []string{"p:b"}
	environment, err = runEnvironment(req)
	want = []string{
		`PULUMI_CONFIG={"p:a":"1","p:b":"{\"c\":\"\u003c\u0026\u003e\"}"}`, `PULUMI_CONFIG_SECRET_KEYS=["p:b"]`,
		"PULUMI_NODEJS_TYPESCRIPT=false", "PULUMI_NODEJS_TSCONFIG_PATH=tsconfig.pulumi.json",
	}
	if err != nil || !reflect.DeepEqual(environment, want) {
		t.Errorf("with config: %q, %v", environment, err)
	}
}

func TestRunnerGetsTheRunAsArguments(t *testing.T) {
	req := request(t, "/p", map[string]any{"nodeargs": "--inspect  --trace-warnings"})
	req.DryRun = true
	got := strings.Join(runArguments("run", "engine", req), " ")
	want := "--inspect --trace-warnings --max-semi-space-size=64 run --monitor monitor --engine engine " +
		"--organization organization --project p --stack s --root-directory /p --pwd /p --parallel 16 --dry-run ."
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestModuleIsFoundInAFolderAbove(t *testing.T) {
	root := t.TempDir()
	module := filepath.Join(root, "node_modules", "@pulumi", "pulumi", "cmd", "run")
	writeFile(t, filepath.Join(module, "index.js"), "")
	got, err := resolve(filepath.Join(root, "a", "b"), "@pulumi/pulumi/cmd/run")
	if err != nil || got != module {
		t.Error(got, err)
	}
	_, err = resolve(t.TempDir(), "@pulumi/pulumi/cmd/run")
	if err == nil || !strings.Contains(err.Error(), "npm ci") {
		t.Error(err)
	}
}

// run runs a shell script in node's place.
func run(t *testing.T, h *host, script string) (*pulumirpc.RunResponse, error) {
	t.Helper()
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "node_modules", "@pulumi", "pulumi", "cmd", "run"), "")
	bin := t.TempDir()
	writeFile(t, filepath.Join(bin, "node"), "#!/bin/sh\n"+script)
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

func TestDependenciesAreThoseOfTheManifestInTheirLockedVersion(t *testing.T) {
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "package.json"), `{"dependencies":{"a":"^1.0.0"},"devDependencies":{"@s/b":"^2.0.0"}}`)
	list := func(transitive bool) string {
		dependencies, err := programDependencies(folder, transitive)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, dependency := range dependencies {
			names = append(names, dependency.Name+"="+dependency.Version)
		}
		return strings.Join(names, " ")
	}
	if got := list(false); got != "@s/b=^2.0.0 a=^1.0.0" {
		t.Error("without a lock:", got)
	}
	writeFile(t, filepath.Join(folder, "package-lock.json"), `{"packages":{"":{"version":"0.1.0"},
		"node_modules/a":{"version":"1.2.3"},"node_modules/@s/b":{"version":"2.3.4"},"node_modules/c":{"version":"3.0.0"}}}`)
	if got := list(false); got != "@s/b=2.3.4 a=1.2.3" {
		t.Error(got)
	}
	if got := list(true); got != "@s/b=2.3.4 a=1.2.3 c=3.0.0" {
		t.Error("transitive:", got)
	}
}

func TestDynamicProviderIsFoundInAFolderAbove(t *testing.T) {
	root := t.TempDir()
	module := filepath.Join(root, "node_modules", "@pulumi", "pulumi", "cmd", "dynamic-provider")
	writeFile(t, module, "")
	writeFile(t, filepath.Join(root, "bin", "node"), "#!/bin/sh\necho \"$@\"\n")
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
