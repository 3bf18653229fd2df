// Command pulumi-language-nodejs is the Pulumi CLI's language host for Node.js programs: the CLI starts it, reads its
// port from its stdout and has it run the program. It does what `pulumi up` and `pulumi about` need; what makes new
// projects and SDKs it refuses.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

var version = "0.0.0-dev"

func main() {
	if err := serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-language-nodejs:", err)
		os.Exit(1)
	}
}

func serve(args []string) error {
	if len(args) == 0 {
		return errors.New("takes the engine's address as its last argument; the Pulumi CLI gives it")
	}
	engine := args[len(args)-1]
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A CLI that is killed tells nobody. The program must not outlive it.
	if err := rpcutil.Healthcheck(ctx, engine, time.Second, stop); err != nil {
		return fmt.Errorf("engine at %s: %w", engine, err)
	}
	ended := make(chan bool)
	context.AfterFunc(ctx, func() { close(ended) })
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel:  ended,
		Options: rpcutil.TracingServerInterceptorOptions(nil),
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, &host{engine: engine, ended: ctx, end: stop})
			return nil
		},
	})
	if err != nil {
		return err
	}
	fmt.Println(handle.Port)
	return <-handle.Done
}
