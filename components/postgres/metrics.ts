import type * as pulumi from "@pulumi/pulumi";
import type { MonitoringValues, PostgresValues } from "../../settings";
import type { App } from "../kubernetes/app";
import { createSecret, type Data, secretVariables } from "../kubernetes/config";
import { type ContainerArgs, containerImage, probes } from "../kubernetes/pod";
import { metricsPortName, scrapeAnnotations } from "../kubernetes/scrape";
import { createPassword } from "../kubernetes/secret";
import { postgresExporterPort } from "../monitoring/endpoints";

/** A role that may read the server's statistics, and no table. */
export interface MonitorLogin {
  readonly name: string;
  readonly password: pulumi.Output<string>;
}

/** What tells PostgreSQL's metrics, as parts of its pod. */
export interface PostgresMetrics {
  readonly login: MonitorLogin;
  readonly sidecars: ContainerArgs[];
  readonly annotations: Record<string, string>;
  readonly secrets: Data;
}

export const monitorRole = "metrics";

/** postgres_exporter beside the server. Until the role is made, it tells pg_up 0. */
export function createMetrics(
  app: App,
  { image, resources }: MonitoringValues["postgresExporter"],
  { values, secretsGeneration: generation }: { values: PostgresValues; secretsGeneration: number },
): PostgresMetrics {
  const password = createPassword(app, `${monitorRole}-password`, { length: 32, generation });
  const held = createSecret(app, "server", { DATA_SOURCE_PASS: password }, "metrics-secret");
  const sidecar: ContainerArgs = {
    ...containerImage(image),
    name: "metrics",
    resources,
    command: ["/bin/postgres_exporter", `--web.listen-address=:${postgresExporterPort}`],
    env: [
      {
        name: "DATA_SOURCE_URI",
        value: `127.0.0.1:${values.service.port}/postgres?sslmode=disable`,
      },
      { name: "DATA_SOURCE_USER", value: monitorRole },
      ...secretVariables(held),
    ],
    ports: [{ name: metricsPortName, containerPort: postgresExporterPort }],
    ...probes({ httpGet: { path: "/", port: metricsPortName } }, { startSeconds: 60 }),
  };
  return {
    login: { name: monitorRole, password },
    sidecars: [sidecar],
    annotations: scrapeAnnotations(postgresExporterPort),
    secrets: held.data,
  };
}
