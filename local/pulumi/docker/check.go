package main

import (
	"os"
	"path"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"realtime-analytics.local/pulumi/internal/provider"
)

// check fills in the defaults and the digest of the context, by which a changed file is another build.
func check(news resource.PropertyMap) (resource.PropertyMap, provider.Failures, error) {
	plain := provider.Plain(news)
	image, failures, err := parseImage(plain)
	if err != nil {
		return nil, nil, err
	}
	if len(failures) == 0 {
		failures = faults(plain, image)
	}
	if len(failures) > 0 {
		return news, failures, nil
	}
	build, err := checkedBuild(news["build"], image.Build)
	if err != nil {
		return nil, nil, err
	}
	inputs := news.Copy()
	inputs["build"] = build
	setDefault(inputs, "buildOnPreview", resource.NewProperty(false))
	return inputs, nil, nil
}

func faults(plain resource.PropertyMap, image image) provider.Failures {
	var failures provider.Failures
	folder, dockerfile := image.Build.Context, image.Build.Dockerfile
	switch {
	case !areFilesKnown(plain["build"]):
	case !exists(folder):
		failures.Add("build.context", "there is no folder %s", folder)
	case !exists(dockerfile):
		hint := ""
		if inContext := path.Join(folder, dockerfile); exists(inContext) {
			hint = ": paths start at the program's folder, try " + inContext
		}
		failures.Add("build.dockerfile", "there is no file %s%s", dockerfile, hint)
	}
	switch name := image.ImageName; {
	case name == "" && !plain["imageName"].ContainsUnknowns():
		failures.Add("imageName", "is required")
	case name != "" && !image.SkipPush && image.Registry.Server == "" && !image.namesRegistry():
		failures.Add("imageName", "must begin with the registry to push to, such as docker.io/%s; is %s", name, name)
	}
	return failures
}

// checkedBuild keeps what is unknown or secret as it is.
func checkedBuild(given resource.PropertyValue, parsed buildSettings) (resource.PropertyValue, error) {
	switch {
	case given.IsComputed():
		return given, nil
	case given.IsSecret():
		build, err := checkedBuild(given.SecretValue().Element, parsed)
		return resource.MakeSecret(build), err
	}
	build := resource.PropertyMap{}
	if given.IsObject() {
		build = given.ObjectValue().Copy()
	}
	areKnown := areFilesKnown(given)
	setDefault(build, "context", resource.NewProperty(parsed.Context))
	if areKnown {
		setDefault(build, "dockerfile", resource.NewProperty(parsed.Dockerfile))
		digest, err := digestContext(parsed.Context, parsed.Dockerfile)
		if err != nil {
			return given, err
		}
		build["contextDigest"] = resource.NewProperty(digest)
	}
	setDefault(build, "platform", resource.NewProperty(parsed.Platform))
	return resource.NewProperty(build), nil
}

// areFilesKnown says whether a preview knows which files are built.
func areFilesKnown(build resource.PropertyValue) bool {
	if !build.IsObject() {
		return !build.IsComputed()
	}
	inputs := build.ObjectValue()
	return !inputs["context"].ContainsUnknowns() && !inputs["dockerfile"].ContainsUnknowns()
}

func setDefault(inputs resource.PropertyMap, key resource.PropertyKey, value resource.PropertyValue) {
	if given := inputs[key]; given.IsNull() || given.IsString() && given.StringValue() == "" {
		inputs[key] = value
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
