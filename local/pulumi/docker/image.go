package main

import (
	"encoding/json"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
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

// parseImage reads inputs without secrets. It takes what is unknown for unset.
func parseImage(inputs resource.PropertyMap) (image, error) {
	unset := func(value resource.PropertyValue) (any, bool) { return nil, value.IsComputed() }
	values := inputs.MapRepl(nil, unset)
	// A bare text is the context.
	if context, ok := values["build"].(string); ok {
		values["build"] = map[string]any{"context": context}
	}
	var parsed image
	content, err := json.Marshal(values)
	if err != nil {
		return parsed, err
	}
	if err := json.Unmarshal(content, &parsed); err != nil {
		return parsed, err
	}
	build := &parsed.Build
	if build.Context == "" {
		build.Context = "."
	}
	if build.Dockerfile == "" {
		build.Dockerfile = path.Join(build.Context, "Dockerfile")
	}
	if build.Platform == "" {
		build.Platform = hostPlatform()
	}
	return parsed, nil
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
	outputs := resource.PropertyMap{}
	for _, output := range []struct {
		key   resource.PropertyKey
		value string
		from  []resource.PropertyKey
	}{
		{"baseImageName", i.ImageName, []resource.PropertyKey{"imageName"}},
		{"context", i.Build.Context, []resource.PropertyKey{"build", "context"}},
		{"dockerfile", dockerfile, []resource.PropertyKey{"build", "dockerfile"}},
		{"imageName", i.ImageName, []resource.PropertyKey{"imageName"}},
		{"platform", i.Build.Platform, []resource.PropertyKey{"build", "platform"}},
		{"registryServer", i.Registry.Server, []resource.PropertyKey{"registry", "server"}},
		{"repoDigest", repoDigest, []resource.PropertyKey{"imageName"}},
	} {
		outputs[output.key] = resource.NewProperty(output.value)
		if isSecret(given, output.from) {
			outputs[output.key] = resource.MakeSecret(outputs[output.key])
		}
	}
	return outputs
}

func isSecret(value resource.PropertyValue, path []resource.PropertyKey) bool {
	if value.IsSecret() || len(path) == 0 || !value.IsObject() {
		return value.IsSecret()
	}
	return isSecret(value.ObjectValue()[path[0]], path[1:])
}

func textOf(value resource.PropertyValue) string {
	if value.IsString() {
		return value.StringValue()
	}
	return ""
}
