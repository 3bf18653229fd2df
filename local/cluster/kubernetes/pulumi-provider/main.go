// Command pulumi-provider is Pulumi's provider for Kubernetes. It stands in the module of Kubernetes itself, so that
// what both are made of is compiled once. The provider's own main package embeds files that its module lacks.
package main

import "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"

// The version that @pulumi/kubernetes asks for; set by the linker.
var version = "0.0.0-dev"

func main() {
	// The schema serves code generators alone: resources are checked against the cluster's own.
	schema := []byte(`{"name":"kubernetes","version":"` + version + `"}`)
	provider.Serve("kubernetes", version, schema, []byte("{}"))
}
