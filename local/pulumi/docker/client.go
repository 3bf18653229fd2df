package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// shownLines is how many lines of output an error repeats.
const shownLines = 25

// client runs the docker client against the engine of the provider's settings; without a host, against the client's own.
type client struct {
	Host     string `json:"host"`
	CertPath string `json:"certPath"`
}

// run returns what the docker client printed, and passes each line on as it comes.
func (c client) run(
	ctx context.Context, environment []string, showStatus func(line string), arguments ...string,
) (string, error) {
	docker := exec.CommandContext(ctx, "docker", arguments...)
	docker.Env = environment
	// The client asks the engine to stop, and its plugins with it. One that doesn't is killed.
	docker.Cancel = func() error { return docker.Process.Signal(syscall.SIGTERM) }
	docker.WaitDelay = 10 * time.Second
	reader, writer := io.Pipe()
	docker.Stdout, docker.Stderr = writer, writer
	var lines []string
	isRead := make(chan struct{})
	go func() {
		defer close(isRead)
		for scanner := bufio.NewScanner(reader); scanner.Scan(); {
			if line := scanner.Text(); strings.TrimSpace(line) != "" {
				lines = append(lines, line)
				showStatus(line)
			}
		}
		// A line too long to scan must not block the client.
		io.Copy(io.Discard, reader)
	}()
	err := docker.Run()
	writer.Close()
	<-isRead
	command := "docker " + strings.Join(arguments, " ")
	var exit *exec.ExitError
	switch {
	case err == nil:
		return strings.Join(lines, "\n"), nil
	case ctx.Err() != nil:
		return "", fmt.Errorf("%s was cancelled", command)
	case errors.Is(err, exec.ErrNotFound):
		return "", errors.New("there is no docker client on the PATH: install it (Debian: docker.io or docker-cli)")
	case !errors.As(err, &exit):
		return "", fmt.Errorf("%s: %w", command, err)
	}
	last := lines[max(0, len(lines)-shownLines):]
	return "", fmt.Errorf("%s failed with exit code %d on %s:\n%s",
		command, exit.ExitCode(), cmp.Or(c.Host, "the default Docker engine"), strings.Join(last, "\n"))
}

func (c client) environment(image image, scratch string) ([]string, error) {
	environment := os.Environ()
	for name, value := range image.Build.Args {
		if value != nil {
			environment = append(environment, name+"="+*value)
		}
	}
	if c.Host != "" {
		environment = append(environment, "DOCKER_HOST="+c.Host)
	}
	if c.CertPath != "" {
		environment = append(environment, "DOCKER_CERT_PATH="+c.CertPath, "DOCKER_TLS_VERIFY=1")
	}
	switch image.Build.BuilderVersion {
	case "":
	case "BuilderV1":
		environment = append(environment, "DOCKER_BUILDKIT=0")
	default:
		environment = append(environment, "DOCKER_BUILDKIT=1")
	}
	if image.Registry.Username == "" || image.Registry.Password == "" {
		return environment, nil
	}
	folder := filepath.Join(scratch, "config")
	if err := writeClientConfig(folder, image); err != nil {
		return nil, fmt.Errorf("the docker client's config: %w", err)
	}
	return append(environment, "DOCKER_CONFIG="+folder), nil
}
