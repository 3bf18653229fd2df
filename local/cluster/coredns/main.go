// Command coredns is CoreDNS with the few plugins that one closed cluster needs. The full set links
// the SDKs of several clouds.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/loadbalance"
	_ "github.com/coredns/coredns/plugin/log"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/template"
)

func main() {
	// The order in which a request passes the plugins, as in upstream's plugin.cfg.
	dnsserver.Directives = []string{"health", "ready", "errors", "log", "loadbalance", "template", "kubernetes"}
	coremain.Run()
}
