package main

import (
	"context"
	"fmt"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

// growVolumes gives each claim that asks for more than it has what it asks for, as a driver's resizer does. A folder has
// no size of its own, so only the objects change.
func growVolumes(ctx context.Context, client kubernetes.Interface) error {
	// What failed is tried again with each resync.
	claims := informers.NewSharedInformerFactory(client, 30*time.Second).Core().V1().PersistentVolumeClaims().Informer()
	handle := func(object any) {
		if claim, ok := object.(*core.PersistentVolumeClaim); ok && asksForMore(claim) {
			if err := grow(ctx, client, claim); err != nil {
				klog.ErrorS(err, "growing a volume", "claim", klog.KObj(claim))
			}
		}
	}
	if _, err := claims.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    handle,
		UpdateFunc: func(_, updated any) { handle(updated) },
	}); err != nil {
		return err
	}
	go claims.RunWithContext(ctx)
	return nil
}

func asksForMore(claim *core.PersistentVolumeClaim) bool {
	wanted := claim.Spec.Resources.Requests[core.ResourceStorage]
	return claim.Status.Phase == core.ClaimBound && wanted.Cmp(claim.Status.Capacity[core.ResourceStorage]) > 0
}

func grow(ctx context.Context, client kubernetes.Interface, claim *core.PersistentVolumeClaim) error {
	wanted := claim.Spec.Resources.Requests[core.ResourceStorage]
	volumes := client.CoreV1().PersistentVolumes()
	volume, err := volumes.Get(ctx, claim.Spec.VolumeName, meta.GetOptions{})
	if err != nil {
		return err
	}
	if volume.Annotations["pv.kubernetes.io/provisioned-by"] != provisionerName {
		return fmt.Errorf("volume %s is not of %s", volume.Name, provisionerName)
	}
	volume.Spec.Capacity[core.ResourceStorage] = wanted
	if _, err := volumes.Update(ctx, volume, meta.UpdateOptions{}); err != nil {
		return err
	}
	grown := claim.DeepCopy()
	grown.Status.Capacity[core.ResourceStorage] = wanted
	_, err = client.CoreV1().PersistentVolumeClaims(claim.Namespace).UpdateStatus(ctx, grown, meta.UpdateOptions{})
	return err
}
