package main

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// writeClientConfig makes a folder with the user's own client config, to which the program's credentials are added.
func writeClientConfig(folder string, image image) error {
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	own := os.Getenv("DOCKER_CONFIG")
	if own == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return err
		}
		own = filepath.Join(home, ".docker")
	}
	// Contexts and plugins lie beside the config.
	entries, err := os.ReadDir(own)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	config := map[string]any{}
	for _, entry := range entries {
		path := filepath.Join(own, entry.Name())
		if entry.Name() != "config.json" {
			err = os.Symlink(path, filepath.Join(folder, entry.Name()))
		} else if content, readErr := os.ReadFile(path); readErr != nil {
			err = readErr
		} else if err = json.Unmarshal(content, &config); err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
		if err != nil {
			return err
		}
	}
	addLogin(config, image)
	content, err := json.Marshal(config)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "config.json"), content, 0o600)
}

func addLogin(config map[string]any, image image) {
	server := cmp.Or(image.Registry.Server, image.ImageName)
	if _, address, hasScheme := strings.Cut(server, "://"); hasScheme {
		server = address
	}
	host, _, _ := strings.Cut(server, "/")
	if slices.Contains([]string{"docker.io", "index.docker.io", "registry-1.docker.io"}, host) {
		host = "https://index.docker.io/v1/"
	}
	auths, _ := config["auths"].(map[string]any)
	if auths == nil {
		auths = map[string]any{}
	}
	login := image.Registry.Username + ":" + image.Registry.Password
	auths[host] = map[string]any{"auth": base64.StdEncoding.EncodeToString([]byte(login))}
	config["auths"] = auths
	// A store would be asked instead.
	delete(config, "credsStore")
	if helpers, ok := config["credHelpers"].(map[string]any); ok {
		delete(helpers, host)
	}
}
