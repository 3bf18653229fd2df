import { join } from "node:path";
import { exclusively } from "../exclusive";
import { stateDir } from "../paths";
import { runCommands } from "../program";
import { describeProblems, findProblems } from "./checks";
import { showLogs } from "./logs";
import { startObjectStore } from "./object-store";
import { startCluster } from "./start";
import { printStatus } from "./status";
import { cleanCluster, resetCluster, stopCluster } from "./stop";
import { supervisorRuns } from "./supervisor";

const usage = `usage: tsx local/cluster/main.ts COMMAND
  start [images]       start the cluster, or just what images are built with
  stop                 stop it; what lies on disk stays
  status               say what runs; exit code 1 unless all of it does
  logs [NAME…] [-f]    show the components' logs
  object-store         start an S3 server in the running cluster
  check                say what keeps the cluster from starting here
  reset                stop it and remove its state
  clean                stop it and remove its state and cache`;

runCommands(usage, {
  start: ([extent]) => alone(() => startCluster(extent === "images" ? "images" : "all")),
  stop: () => alone(stopCluster),
  reset: () => alone(resetCluster),
  clean: () => alone(cleanCluster),
  status: printStatus,
  "object-store": () => alone(startObjectStore),
  logs: showLogs,
  check,
});

/** Two stacks that are stood up at once share the cluster. A cold start takes half an hour on a busy machine. */
function alone(work: () => Promise<void>): Promise<void> {
  const file = join(stateDir, "cluster.lock");
  return exclusively(file, "is starting or stopping the cluster", work, 1800);
}

async function check(): Promise<boolean> {
  const problems = await findProblems(await supervisorRuns());
  const isFine = problems.length === 0;
  console.log(isFine ? "The embedded cluster can run here." : describeProblems(problems));
  return isFine;
}
