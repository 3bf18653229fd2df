import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { App } from "./app";

interface RoleArgs {
  readonly metadata: ReturnType<App["metadata"]>;
  readonly account: k8s.core.v1.ServiceAccount;
  readonly rules: pulumi.Input<k8s.types.input.rbac.v1.PolicyRule>[];
}

/** Lets an account do in the namespace what the rules say. */
export function allow({ resourceName, namespace, options }: App, args: RoleArgs): void {
  const { metadata, account, rules } = args;
  const role = new k8s.rbac.v1.Role(`${resourceName}-role`, { metadata, rules }, options);
  new k8s.rbac.v1.RoleBinding(
    `${resourceName}-role-binding`,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
      subjects: [
        { kind: "ServiceAccount", name: account.metadata.name, namespace: namespace.name },
      ],
    },
    options,
  );
}
