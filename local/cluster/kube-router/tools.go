//go:build tools

// Package kuberouter keeps kube-router in go.mod: it is built from its own package.
package kuberouter

import _ "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router"
