package main

import (
	"cmp"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"realtime-analytics.local/pulumi/internal/provider"
)

// image is what docker.Image takes, with the defaults filled in.
type image struct {
	ImageName      string        `json:"imageName"`
	SkipPush       bool          `json:"skipPush"`
	BuildOnPreview bool          `json:"buildOnPreview"`
	Build          buildSettings `json:"build"`
	Registry       registry      `json:"registry"`
}

type buildSettings struct {
	Context string `json:"context"`
	// Dockerfile is relative to the program's folder, not to the context.
	Dockerfile string `json:"dockerfile"`
	// Args without a value take none.
	Args   map[string]*string `json:"args"`
	Target string             `json:"target"`
	// Platform is such as linux/amd64.
	Platform  string   `json:"platform"`
	Network   string   `json:"network"`
	AddHosts  []string `json:"addHosts"`
	CacheFrom struct {
		Images []string `json:"images"`
	} `json:"cacheFrom"`
	// BuilderVersion is BuilderV1, the classic builder, or BuilderBuildKit. Default: what the client has.
	BuilderVersion string `json:"builderVersion"`
}

type registry struct {
	Server   string `json:"server"`
	Username string `json:"username"`
	Password string `json:"password"`
}

// parseImage reads plain inputs.
func parseImage(plain resource.PropertyMap) (image, provider.Failures, error) {
	// A bare text is the context.
	if plain["build"].IsString() {
		plain = plain.Copy()
		plain["build"] = resource.NewProperty(resource.PropertyMap{"context": plain["build"]})
	}
	var parsed image
	failures, err := provider.Decode(plain, &parsed)
	build := &parsed.Build
	build.Context = cmp.Or(build.Context, ".")
	build.Dockerfile = cmp.Or(build.Dockerfile, path.Join(build.Context, "Dockerfile"))
	build.Platform = cmp.Or(build.Platform, hostPlatform())
	return parsed, failures, err
}

// hostPlatform is this machine's, as images name it.
func hostPlatform() string { return "linux/" + runtime.GOARCH }

// namesRegistry says whether a name begins with its registry, as one that is pushed must: registry.example.com/a/b:1.
func (i image) namesRegistry() bool {
	host, _, hasPath := strings.Cut(i.ImageName, "/")
	return hasPath && (strings.ContainsAny(host, ".:") || host == "localhost")
}

var tagOrDigest = regexp.MustCompile(`(:[^:/@]+)?(@[^/]+)?$`)

// repository is the name without a tag.
func (i image) repository() string { return tagOrDigest.ReplaceAllString(i.ImageName, "") }

// outputs are secret where the inputs are that they repeat.
func (i image) outputs(inputs resource.PropertyMap, repoDigest string) resource.PropertyMap {
	given := resource.NewProperty(inputs)
	dockerfile, err := filepath.Rel(i.Build.Context, i.Build.Dockerfile)
	if err != nil {
		dockerfile = i.Build.Dockerfile
	}
	output := func(value string, from ...resource.PropertyKey) resource.PropertyValue {
		if isSecret(given, from) {
			return resource.MakeSecret(resource.NewProperty(value))
		}
		return resource.NewProperty(value)
	}
	return resource.PropertyMap{
		"baseImageName":  output(i.ImageName, "imageName"),
		"context":        output(i.Build.Context, "build", "context"),
		"dockerfile":     output(dockerfile, "build", "dockerfile"),
		"imageName":      output(i.ImageName, "imageName"),
		"platform":       output(i.Build.Platform, "build", "platform"),
		"registryServer": output(i.Registry.Server, "registry", "server"),
		"repoDigest":     output(repoDigest, "imageName"),
	}
}

func isSecret(value resource.PropertyValue, path []resource.PropertyKey) bool {
	if value.IsSecret() || len(path) == 0 || !value.IsObject() {
		return value.IsSecret()
	}
	return isSecret(value.ObjectValue()[path[0]], path[1:])
}
