import type { PropertyMap } from "../../provider";
import { ApiError, NoSuchKindError } from "./api-error";
import type { ApiClient } from "./client";
import { apiVersionOf, type GroupVersionKind, mapsAt, textAt } from "./object";

/** Where a kind lives on the API server. */
export interface ResourceType {
  gvk: GroupVersionKind;
  /** `/api/v1` or `/apis/<group>/<version>`. */
  root: string;
  /** Such as `statefulsets`. */
  plural: string;
  namespaced: boolean;
}

/** The path of a collection, or of one object of it. */
export function pathOf(type: ResourceType, namespace: string, name?: string): string {
  const scope = type.namespaced && namespace !== "" ? `/namespaces/${namespace}` : "";
  const object = name === undefined ? "" : `/${encodeURIComponent(name)}`;
  return `${type.root}${scope}/${type.plural}${object}`;
}

/** Finds kinds through the API server's discovery documents, each read once. */
export class Discovery {
  private readonly documents = new Map<string, Promise<PropertyMap[]>>();

  constructor(private readonly client: ApiClient) {}

  /** Throws NoSuchKindError when the server doesn't have the kind. */
  async resolve(gvk: GroupVersionKind): Promise<ResourceType> {
    const root = gvk.group === "" ? `/api/${gvk.version}` : `/apis/${gvk.group}/${gvk.version}`;
    for (const fresh of [false, true]) {
      if (fresh) this.documents.delete(root);
      const found = (await this.resources(root)).find(
        (resource) => resource.kind === gvk.kind && !textAt(resource, "name")?.includes("/"),
      );
      const plural = textAt(found, "name");
      if (plural !== undefined) {
        return { gvk, root, plural, namespaced: found?.namespaced === true };
      }
    }
    throw new NoSuchKindError(apiVersionOf(gvk), gvk.kind, this.client.server);
  }

  private resources(root: string): Promise<PropertyMap[]> {
    const known = this.documents.get(root);
    if (known) return known;
    const reading = this.client.request({ path: root }).then(
      ({ body }) => mapsAt(body, "resources"),
      (error) => {
        this.documents.delete(root);
        if (error instanceof ApiError && error.isNotFound) return [];
        throw error;
      },
    );
    this.documents.set(root, reading);
    return reading;
  }
}

/** Kinds of the built-in groups that belong to no namespace. */
const clusterScoped = new Set([
  "/Namespace",
  "/Node",
  "/PersistentVolume",
  "admissionregistration.k8s.io/MutatingAdmissionPolicy",
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding",
  "admissionregistration.k8s.io/MutatingWebhookConfiguration",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
  "apiextensions.k8s.io/CustomResourceDefinition",
  "apiregistration.k8s.io/APIService",
  "certificates.k8s.io/CertificateSigningRequest",
  "certificates.k8s.io/ClusterTrustBundle",
  "flowcontrol.apiserver.k8s.io/FlowSchema",
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration",
  "networking.k8s.io/IngressClass",
  "networking.k8s.io/IPAddress",
  "networking.k8s.io/ServiceCIDR",
  "node.k8s.io/RuntimeClass",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
  "resource.k8s.io/DeviceClass",
  "resource.k8s.io/ResourceSlice",
  "scheduling.k8s.io/PriorityClass",
  "storage.k8s.io/CSIDriver",
  "storage.k8s.io/CSINode",
  "storage.k8s.io/StorageClass",
  "storage.k8s.io/VolumeAttachment",
  "storage.k8s.io/VolumeAttributesClass",
]);

/** Whether a kind of a built-in group is namespaced, known without asking; undefined for others. */
export function isNamespacedBuiltIn(gvk: GroupVersionKind): boolean | undefined {
  if (!isBuiltIn(gvk)) return undefined;
  return !clusterScoped.has(`${gvk.group}/${gvk.kind}`);
}

/** Whether the kind belongs to Kubernetes itself, so that its types are known. */
export function isBuiltIn(gvk: GroupVersionKind): boolean {
  return (
    !gvk.group.includes(".") ||
    [...clusterScoped].some((key) => key.startsWith(`${gvk.group}/`)) ||
    ["coordination.k8s.io", "discovery.k8s.io", "events.k8s.io"].includes(gvk.group)
  );
}
