//go:build tools

// Package prometheus keeps Prometheus in go.mod: it is built from its own package.
package prometheus

import _ "github.com/prometheus/prometheus/cmd/prometheus"
