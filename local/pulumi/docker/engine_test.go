package main

import (
	"context"
	"crypto/rand"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"realtime-analytics.local/pulumi/internal/test"
)

// registryAddress is the registry beside the engine; only this machine reaches it.
const registryAddress = "127.0.0.1:5005"

func buildOnEngine(t *testing.T, dockerfile string) (plugin.CreateResponse, []string, error) {
	t.Helper()
	host := os.Getenv("DOCKER_HOST")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if host == "" || exec.CommandContext(ctx, "docker", "version").Run() != nil {
		t.Skip("no Docker engine answers at DOCKER_HOST")
	}
	folder := t.TempDir()
	test.WriteFile(t, dockerfile, folder, "Dockerfile")
	test.WriteFile(t, rand.Text(), folder, "file")
	var shown []string
	p := newDockerProvider(func(_ resource.URN, line string) { shown = append(shown, line) })
	settings := test.Map(test.Inputs{"host": host})
	if _, err := p.Configure(context.Background(), plugin.ConfigureRequest{Inputs: settings}); err != nil {
		t.Fatal(err)
	}
	response, err := create(t, p, test.Map(test.Inputs{
		"imageName": registryAddress + "/test/docker-provider:1",
		"build":     test.Inputs{"context": folder, "args": test.Inputs{"LABEL": "from args"}},
	}))
	return response, shown, err
}

func TestEngineBuildsAndPushesAndTheRegistryHasTheDigest(t *testing.T) {
	response, shown, err := buildOnEngine(t, "FROM scratch\nARG LABEL\nLABEL a=$LABEL\nCOPY file /file\n")
	if err != nil {
		t.Fatal(err)
	}
	if response.ID != registryAddress+"/test/docker-provider:1" || !slices.Contains(shown, "Pushing Image to the registry") {
		t.Error(response, shown)
	}
	digest := response.Properties["repoDigest"].StringValue()
	if !strings.HasPrefix(digest, registryAddress+"/test/docker-provider@sha256:") {
		t.Error(digest)
	}
	// Asks the registry, although the engine has the image.
	if output, err := exec.Command("docker", "pull", digest).CombinedOutput(); err != nil {
		t.Errorf("%s: %v", output, err)
	}
}

func TestEngineRepeatsTheBuildersLastWords(t *testing.T) {
	_, _, err := buildOnEngine(t, "FROM scratch\nCOPY no-such-file /file\n")
	want := regexp.MustCompile(`(?s)docker build .* failed with exit code 1 on .*no-such-file`)
	if err == nil || !want.MatchString(err.Error()) {
		t.Error(err)
	}
}
