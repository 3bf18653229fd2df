//go:build tools

// Package versitygw keeps Versity's S3 gateway in go.mod: it is built from its own package.
package versitygw

import _ "github.com/versity/versitygw/cmd/versitygw"
