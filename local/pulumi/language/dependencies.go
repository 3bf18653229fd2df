package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// programDependencies lists the packages of the program's folder, for `pulumi about`: those its package.json names, or
// all that are installed. The version is the locked one, or without a lock the range that is asked for.
func programDependencies(folder string, transitive bool) ([]*pulumirpc.DependencyInfo, error) {
	var manifest struct{ Dependencies, DevDependencies map[string]string }
	if err := readJSON(filepath.Join(folder, "package.json"), &manifest); err != nil {
		return nil, err
	}
	var lock struct {
		Packages map[string]struct{ Version string }
	}
	if err := readJSON(filepath.Join(folder, "package-lock.json"), &lock); err != nil {
		return nil, err
	}
	versions := map[string]string{}
	maps.Copy(versions, manifest.DevDependencies)
	maps.Copy(versions, manifest.Dependencies)
	for path, locked := range lock.Packages {
		name, isInstalled := strings.CutPrefix(path, "node_modules/")
		if _, isDirect := versions[name]; isInstalled && (isDirect || transitive) {
			versions[name] = locked.Version
		}
	}
	dependencies := make([]*pulumirpc.DependencyInfo, 0, len(versions))
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		dependencies = append(dependencies, &pulumirpc.DependencyInfo{Name: name, Version: versions[name]})
	}
	return dependencies, nil
}

// readJSON leaves the value as it is if there is no such file.
func readJSON(path string, value any) error {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, value); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
