import { firstInternalUser } from "../../resources/druid/internal-user";
import { type Permission, passwordIterations } from "../../resources/druid/users";
import { environmentNames, fromEnvironment, type Properties } from "./environment";
import type { DruidProcess } from "./jvm";

/** Where Druid's users are, and who its processes are to each other: see DruidInternalUser. */
export interface DruidUsers {
  /** Name of the authenticator and of the authorizer. */
  readonly store: string;
  readonly internalUsername: string;
}

/** Nobody is let in without a password, and nobody reads what it has no right to. */
export function securityProperties(
  process: DruidProcess,
  { store, internalUsername }: DruidUsers,
): Properties {
  const authenticator = `druid.auth.authenticator.${store}`;
  const internalPassword = fromEnvironment(environmentNames.internalPassword);
  return {
    "druid.auth.authenticatorChain": JSON.stringify([store]),
    [`${authenticator}.type`]: "basic",
    ...(internalUsername === firstInternalUser && {
      [`${authenticator}.initialInternalClientPassword`]: internalPassword,
    }),
    [`${authenticator}.credentialIterations`]: passwordIterations,
    [`${authenticator}.authorizerName`]: store,
    "druid.auth.authorizers": JSON.stringify([store]),
    [`druid.auth.authorizer.${store}.type`]: "basic",
    "druid.escalator.type": "basic",
    "druid.escalator.internalClientUsername": internalUsername,
    "druid.escalator.internalClientPassword": internalPassword,
    "druid.escalator.authorizerName": store,
    // Whoever names files or addresses to read needs a right to each kind of them.
    "druid.auth.enableInputSourceSecurity": true,
    // The kubelet asks without a password. What else it asks is open by itself, and tells as little.
    "druid.auth.unsecuredPaths": JSON.stringify(["/status/selfDiscovered/status"]),
    // In ms. A process that starts before the Coordinator knows the users soon after it, and does not wait for it.
    "druid.auth.basic.common.pollingPeriod": 3_000,
    "druid.auth.basic.common.maxRandomDelay": 500,
    "druid.auth.basic.common.maxSyncRetries": 1,
    ...(process === "coordinator" && {
      // It would wait for the segments of processes that know it only once it has started: for 4 min.
      "druid.coordinator.segment.awaitInitializationOnStart": false,
    }),
  };
}

const everything = (type: Permission["type"]): Permission[] => [
  { type, name: ".*", action: "READ" },
  { type, name: ".*", action: "WRITE" },
];

/**
 * Of the stack's administrator: all but to read files and addresses that Druid's processes reach. Tasks read Kafka, and a spec is
 * tried on an event that is sent along.
 */
export const administration: readonly Permission[] = [
  ...everything("DATASOURCE"),
  ...everything("STATE"),
  ...everything("CONFIG"),
  { type: "SYSTEM_TABLE", name: ".*", action: "READ" },
  { type: "EXTERNAL", name: "kafka|inline", action: "READ" },
];

/** To query these tables, and no more. */
export function reading(datasources: readonly string[]): readonly Permission[] {
  return datasources.map((name) => ({
    type: "DATASOURCE",
    name: name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"),
    action: "READ",
  }));
}
