import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import type { SenderSpec } from "../../pipelines/derive/sender";
import type { App } from "../kubernetes/app";
import { createConfigMap, type Data } from "../kubernetes/config";

export interface AirflowFiles {
  /** The DAGs, the streams' specs and the programs beside Airflow's own. */
  readonly files: k8s.core.v1.ConfigMap;
  /** Names of `files` that are DAGs and what they import. */
  readonly dagFiles: readonly string[];
}

const programs = ["heartbeat.py", "setup.py"];

/**
 * @param more beside the programs
 * @throws Error when a DAG has the name of a program
 */
export function createFiles(app: App, streams: readonly SenderSpec[], more: Data): AirflowFiles {
  const folder = join(__dirname, "..", "..", "airflow", "dags");
  const python = readdirSync(folder).filter((file) => file.endsWith(".py"));
  const dags = {
    ...contents(folder, python.sort()),
    ...Object.fromEntries(
      streams.map((stream) => [`${stream.name}.json`, JSON.stringify(stream, undefined, 2)]),
    ),
  };
  const clash = programs.find((program) => program in dags);
  if (clash) throw new Error(`airflow/dags/${clash}: that name is taken by components/airflow/`);
  const data = { ...dags, ...contents(__dirname, programs), ...more };
  return { files: createConfigMap(app, "files", data, "files"), dagFiles: Object.keys(dags) };
}

function contents(folder: string, files: readonly string[]): Record<string, string> {
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), "utf8")]));
}
