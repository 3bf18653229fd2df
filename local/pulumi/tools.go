//go:build tools

// Package pulumi keeps the Pulumi CLI in go.mod: it is built from its own package, not from one of ours.
package pulumi

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
