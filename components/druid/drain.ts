import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { DruidValues } from "../../settings";
import type { Data } from "../kubernetes/config";
import { classPathArguments, configDir, type DruidProcess } from "./jvm";

const program = "drain-tasks.js";
/** Tasks publish within seconds, and wait until Historicals have loaded it: a period or two of the coordinator, and the loading. */
const drainSeconds = 240;
/** For the end itself, after that. */
const shutdownSeconds = 60;

/** A process that runs tasks, and has another beside it that the next ones can run on. */
export function isDrained(process: DruidProcess, { indexer }: DruidValues): boolean {
  return process === "indexer" && indexer.replicaCount > 1;
}

/** What a pod has that hands over its tasks before it ends. */
export interface Drain {
  readonly files: Data;
  readonly container: Pick<k8s.types.input.core.v1.Container, "lifecycle">;
  readonly terminationGracePeriodSeconds?: number;
}

/**
 * @param routerUrl of the overlord's API, whichever of several coordinators leads
 * @param username of Druid's own processes
 */
export function drain(
  process: DruidProcess,
  values: DruidValues,
  { routerUrl, username }: { readonly routerUrl: string; readonly username: pulumi.Input<string> },
): Drain {
  if (!isDrained(process, values)) return { files: {}, container: {} };
  const command = [
    "java",
    "-Xmx32m",
    "-XX:TieredStopAtLevel=1",
    ...classPathArguments(values.classPath),
    "org.mozilla.javascript.tools.shell.Main",
    // ECMAScript 6, interpreted.
    "-version",
    "200",
    "-opt",
    "-1",
    `${configDir}/${program}`,
    `http://localhost:${values.indexer.service.port}`,
    routerUrl,
    username,
    String(drainSeconds),
  ];
  return {
    files: { [program]: readFileSync(join(__dirname, program), "utf8") },
    // What it says goes to the log of the container, which is process 1's output.
    container: {
      lifecycle: {
        preStop: { exec: { command: ["sh", "-c", '"$0" "$@" >/proc/1/fd/1 2>&1', ...command] } },
      },
    },
    terminationGracePeriodSeconds: drainSeconds + shutdownSeconds,
  };
}
