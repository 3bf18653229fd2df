package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// build builds an image and pushes it if that is wanted. It returns the pushed image by its digest in the registry, or
// the id of one that isn't pushed.
func (c client) build(
	ctx context.Context, image image, isPushed bool, showStatus func(line string),
) (repoDigest string, err error) {
	scratch, err := os.MkdirTemp("", "docker-image-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(scratch)
	environment, err := c.environment(image, scratch)
	if err != nil {
		return "", err
	}
	docker := func(arguments ...string) (string, error) { return c.run(ctx, environment, showStatus, arguments...) }
	showStatus("Starting Docker build")
	idFile := filepath.Join(scratch, "image-id")
	arguments := append(buildArguments(image), "--iidfile", idFile, image.Build.Context)
	if _, err := docker(arguments...); err != nil {
		return "", err
	}
	if isPushed {
		showStatus("Pushing Image to the registry")
		return push(image, docker)
	}
	id, err := os.ReadFile(idFile)
	return strings.TrimSpace(string(id)), err
}

func buildArguments(image image) []string {
	build := image.Build
	arguments := []string{"build", "--file", build.Dockerfile, "--tag", image.ImageName}
	// Values go by the environment: other users of the machine can read a command line.
	for _, name := range slices.Sorted(maps.Keys(build.Args)) {
		arguments = append(arguments, "--build-arg", name)
	}
	if build.Target != "" {
		arguments = append(arguments, "--target", build.Target)
	}
	// The classic builder refuses any --platform on an engine without experimental features.
	if build.Platform != hostPlatform() {
		arguments = append(arguments, "--platform", build.Platform)
	}
	if build.Network != "" {
		arguments = append(arguments, "--network", build.Network)
	}
	for _, host := range build.AddHosts {
		arguments = append(arguments, "--add-host", host)
	}
	for _, source := range build.CacheFrom.Images {
		arguments = append(arguments, "--cache-from", source)
	}
	return arguments
}

var pushedDigest = regexp.MustCompile(`digest: (sha256:[0-9a-f]{64})`)

func push(image image, docker func(arguments ...string) (string, error)) (string, error) {
	output, err := docker("push", image.ImageName)
	if err != nil {
		return "", err
	}
	repository := image.repository()
	if match := pushedDigest.FindStringSubmatch(output); match != nil {
		return repository + "@" + match[1], nil
	}
	output, err = docker("image", "inspect", "--format", "{{range .RepoDigests}}{{println .}}{{end}}", image.ImageName)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(output) {
		if strings.HasPrefix(line, repository+"@") {
			return strings.TrimSpace(line), nil
		}
	}
	return "", fmt.Errorf("docker push %s reported no digest, and the engine knows none: is there a registry at %s?",
		image.ImageName, repository)
}
