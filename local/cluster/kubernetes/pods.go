package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/spf13/cobra"
	noop "go.opentelemetry.io/otel/trace/noop"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
	remote "k8s.io/cri-client/pkg"
	"k8s.io/klog/v2"
)

// newStopPodsCommand ends every pod of the node in the runtime, while no kubelet starts them anew:
// containers first, with time to flush, then the sandboxes with their network and mounts. The API
// keeps the pods, and the next kubelet starts them again.
func newStopPodsCommand() *cobra.Command {
	var endpoint string
	var grace time.Duration
	command := &cobra.Command{
		Use:   "stop-pods",
		Short: "Stop and remove every pod sandbox of a container runtime",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return stopPods(context.Background(), endpoint, grace)
		},
	}
	command.Flags().StringVar(&endpoint, "endpoint", "", "CRI endpoint, unix:///…")
	command.Flags().DurationVar(&grace, "grace", 20*time.Second, "time between SIGTERM and SIGKILL")
	return command
}

func stopPods(ctx context.Context, endpoint string, grace time.Duration) error {
	logger := klog.Background()
	runtime, err := remote.NewRemoteRuntimeService(endpoint, grace+time.Minute, noop.NewTracerProvider(), &logger)
	if err != nil {
		return fmt.Errorf("connecting to %s: %w", endpoint, err)
	}
	containers, err := runtime.ListContainers(ctx, &cri.ContainerFilter{State: &cri.ContainerStateValue{State: cri.ContainerState_CONTAINER_RUNNING}})
	if err != nil {
		return fmt.Errorf("listing containers of %s: %w", endpoint, err)
	}
	stopped := inParallel(containers, func(container *cri.Container) error {
		return runtime.StopContainer(ctx, container.Id, int64(grace.Seconds()))
	})
	sandboxes, err := runtime.ListPodSandbox(ctx, nil)
	if err != nil {
		return errors.Join(stopped, fmt.Errorf("listing pod sandboxes of %s: %w", endpoint, err))
	}
	removed := inParallel(sandboxes, func(sandbox *cri.PodSandbox) error {
		if err := runtime.StopPodSandbox(ctx, sandbox.Id); err != nil {
			return fmt.Errorf("stopping pod %s/%s: %w", sandbox.Metadata.Namespace, sandbox.Metadata.Name, err)
		}
		return runtime.RemovePodSandbox(ctx, sandbox.Id)
	})
	fmt.Printf("stopped %d containers, removed %d pod sandboxes\n", len(containers), len(sandboxes))
	return errors.Join(stopped, removed)
}

func inParallel[T any](items []T, do func(T) error) error {
	results := make([]error, len(items))
	var group sync.WaitGroup
	for index, item := range items {
		group.Go(func() { results[index] = do(item) })
	}
	group.Wait()
	return errors.Join(results...)
}
