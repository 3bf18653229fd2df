package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// provisionerName is what the StorageClass names as its provisioner.
const provisionerName = "realtime-analytics.local/volumes"

// newLocalVolumesCommand gives each claim a folder of its own on this node. On one node there is
// no need for the helper pods with which local-path-provisioner reaches the folders of others.
func newLocalVolumesCommand() *cobra.Command {
	var kubeconfig, root string
	command := &cobra.Command{
		Use:   "local-volumes",
		Short: "Provision local PersistentVolumes as folders under --root",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			ctx := genericapiserver.SetupSignalContext()
			config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
			if err != nil {
				return fmt.Errorf("reading kubeconfig %s: %w", kubeconfig, err)
			}
			client, err := kubernetes.NewForConfig(config)
			if err != nil {
				return err
			}
			if err := growVolumes(ctx, client); err != nil {
				return err
			}
			controller.NewProvisionController(ctx, client, provisionerName, localVolumes{root: root},
				controller.LeaderElection(false), controller.MetricsPort(0)).Run(ctx)
			return nil
		},
	}
	command.Flags().StringVar(&kubeconfig, "kubeconfig", "", "kubeconfig of the provisioner")
	command.Flags().StringVar(&root, "root", "", "folder, of mode 0700, that holds the volumes")
	return command
}

type localVolumes struct{ root string }

// Provision makes a folder that any user id may write to: pods choose their own, and the root's
// mode keeps the users of this machine out. As in a file system of ext4, which most clouds' disks
// have, root owns a folder lost+found in it.
func (v localVolumes) Provision(_ context.Context, options controller.ProvisionOptions) (*core.PersistentVolume, controller.ProvisioningState, error) {
	claim := options.PVC
	if mode := claim.Spec.VolumeMode; mode != nil && *mode == core.PersistentVolumeBlock {
		return nil, controller.ProvisioningFinished, fmt.Errorf("claim %s/%s wants a block device: only volumeMode Filesystem is provided", claim.Namespace, claim.Name)
	}
	if options.SelectedNodeName == "" {
		return nil, controller.ProvisioningFinished, fmt.Errorf("claim %s/%s has no node yet: its class must have volumeBindingMode WaitForFirstConsumer", claim.Namespace, claim.Name)
	}
	path := filepath.Join(v.root, options.PVName)
	if err := os.MkdirAll(filepath.Join(path, "lost+found"), 0o700); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	if err := os.Chmod(path, 0o777); err != nil { // past the umask
		return nil, controller.ProvisioningFinished, err
	}
	return &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{Name: options.PVName},
		Spec: core.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *options.StorageClass.ReclaimPolicy,
			AccessModes:                   claim.Spec.AccessModes,
			MountOptions:                  options.StorageClass.MountOptions,
			Capacity:                      core.ResourceList{core.ResourceStorage: claim.Spec.Resources.Requests[core.ResourceStorage]},
			PersistentVolumeSource:        core.PersistentVolumeSource{Local: &core.LocalVolumeSource{Path: path}},
			NodeAffinity: &core.VolumeNodeAffinity{Required: &core.NodeSelector{NodeSelectorTerms: []core.NodeSelectorTerm{{
				MatchExpressions: []core.NodeSelectorRequirement{{
					Key: core.LabelHostname, Operator: core.NodeSelectorOpIn, Values: []string{options.SelectedNodeName},
				}},
			}}}},
		},
	}, controller.ProvisioningFinished, nil
}

// Delete removes the volume's folder, and only what lies directly below the root: the path comes
// from the API, and whoever may write there must not delete by it elsewhere.
func (v localVolumes) Delete(_ context.Context, volume *core.PersistentVolume) error {
	if volume.Spec.Local == nil || filepath.Clean(volume.Spec.Local.Path) != filepath.Join(v.root, volume.Name) {
		return fmt.Errorf("volume %s does not lie at %s: not deleted", volume.Name, filepath.Join(v.root, volume.Name))
	}
	return os.RemoveAll(volume.Spec.Local.Path)
}
