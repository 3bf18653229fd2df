import { mapWithoutSecrets, type PropertyMap, Unknown } from "../../provider";

/** The provider's configuration, as the SDK's `kubernetes.Provider` takes it. */
export interface ProviderSettings {
  kubeconfig?: string;
  context?: string;
  cluster?: string;
  /** For objects that name none. Default: the context's own. */
  namespace?: string;
  enableConfigMapMutable: boolean;
  enableSecretMutable: boolean;
  /** Take over fields that another manager owns, instead of failing with a conflict. */
  enablePatchForce: boolean;
  upsertExistingObjects: boolean;
  /** Forget objects of a cluster that can't be reached, instead of failing. */
  deleteUnreachable: boolean;
}

/** Of each flag, the environment variable that the Pulumi provider also reads. */
const environmentOf: Record<string, string> = {
  enableConfigMapMutable: "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
  enableSecretMutable: "PULUMI_K8S_ENABLE_SECRET_MUTABLE",
  enablePatchForce: "PULUMI_K8S_ENABLE_PATCH_FORCE",
  enableServerSideApply: "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY",
  upsertExistingObjects: "PULUMI_K8S_UPSERT_EXISTING_OBJECTS",
  deleteUnreachable: "PULUMI_K8S_DELETE_UNREACHABLE",
};

/** Settings that the embedded engine has not. */
const unsupported = ["renderYamlToDirectory", "helmReleaseSettings"];

/** Reads the provider's inputs. Throws for what the embedded engine has not. */
export function parseSettings(marked: PropertyMap): ProviderSettings {
  const inputs = mapWithoutSecrets(marked);
  for (const key of unsupported) {
    if (inputs[key]) {
      throw new Error(
        `kubernetes:${key} is not supported by the embedded engine: install the Pulumi CLI (https://www.pulumi.com/docs/install/)`,
      );
    }
  }
  if (!flag(inputs, "enableServerSideApply", true)) {
    throw new Error(
      "kubernetes:enableServerSideApply must be true with the embedded engine, is false: remove the setting, or install the Pulumi CLI (https://www.pulumi.com/docs/install/)",
    );
  }
  return {
    kubeconfig: kubeconfigOf(inputs),
    context: text(inputs, "context"),
    cluster: text(inputs, "cluster"),
    namespace: text(inputs, "namespace"),
    enableConfigMapMutable: flag(inputs, "enableConfigMapMutable"),
    enableSecretMutable: flag(inputs, "enableSecretMutable"),
    enablePatchForce: flag(inputs, "enablePatchForce"),
    upsertExistingObjects: flag(inputs, "upsertExistingObjects"),
    deleteUnreachable: flag(inputs, "deleteUnreachable"),
  };
}

function kubeconfigOf(inputs: PropertyMap): string | undefined {
  const value = inputs.kubeconfig;
  if (typeof value === "object" && value !== null && !(value instanceof Unknown)) {
    return JSON.stringify(value);
  }
  return text(inputs, "kubeconfig");
}

function text(inputs: PropertyMap, key: string): string | undefined {
  const value = inputs[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The SDK sends booleans as text. */
function flag(inputs: PropertyMap, key: string, byDefault = false): boolean {
  const value = inputs[key] ?? process.env[environmentOf[key] ?? ""];
  if (value === undefined || value === null || value === "") return byDefault;
  return value === true || value === "true";
}
