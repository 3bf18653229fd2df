package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// digestContext is a digest of all that a build reads: the Dockerfile, and of each file of the context its name, mode
// and content. Its form is the real provider's, so that both find the same files unchanged.
func digestContext(folder, dockerfile string) (string, error) {
	ignored, err := ignoredFiles(folder, dockerfile)
	if err != nil {
		return "", err
	}
	whole := sha256.New()
	if err := addFile(whole, dockerfile, "Dockerfile", 0); err != nil {
		return "", err
	}
	// In the order of names, folder by folder.
	err = filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		// A folder that is left out may still hold a file that a later pattern brings back.
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, file)
		if err != nil {
			return err
		}
		if isIgnored, err := ignored.MatchesOrParentMatches(name); err != nil || isIgnored {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		return addFile(whole, file, name, info.Mode())
	})
	if err != nil {
		return "", fmt.Errorf("reading the context %s: %w", folder, err)
	}
	return hex.EncodeToString(whole.Sum(nil)), nil
}

// addFile adds what is at path under a name. Of a link it adds where it leads, of what is no file the name alone.
func addFile(whole hash.Hash, path, name string, mode fs.FileMode) error {
	content := sha256.New()
	switch mode.Type() {
	case 0:
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		if _, err := io.Copy(content, file); err != nil {
			return err
		}
	case fs.ModeSymlink:
		target, err := filepath.EvalSymlinks(path)
		if err != nil {
			return err
		}
		io.WriteString(content, target)
	}
	io.WriteString(whole, name+mode.String())
	whole.Write(append(content.Sum(nil), 0))
	return nil
}

// ignoredFiles reads <Dockerfile>.dockerignore or, without one, the context's .dockerignore.
func ignoredFiles(folder, dockerfile string) (*patternmatcher.PatternMatcher, error) {
	for _, path := range []string{dockerfile + ".dockerignore", filepath.Join(folder, ".dockerignore")} {
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		patterns, err := ignorefile.ReadAll(bytes.NewReader(content))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return patternmatcher.New(patterns)
	}
	return patternmatcher.New(nil)
}
