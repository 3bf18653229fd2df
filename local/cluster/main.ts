import { kubeconfigPath } from "../paths";
import { describeProblems, findProblems } from "./checks";
import { alone } from "./lock";
import { showLogs } from "./logs";
import { Progress } from "./progress";
import { startCluster } from "./start";
import { printStatus } from "./status";
import { cleanCluster, resetCluster, stopCluster } from "./stop";
import { supervisorRuns } from "./supervisor";

const usage = `usage: tsx local/cluster/main.ts COMMAND
  start [images]       start the cluster, or just what images are built with
  stop                 stop it; what lies on disk stays
  status               say what runs; exit code 1 unless all of it does
  logs [NAME…] [-f]    show the components' logs
  check                say what keeps the cluster from starting here
  kubeconfig           print the path of the kubeconfig
  reset                stop it and remove its state
  clean                stop it and remove its state and cache`;

async function main(command: string | undefined, args: readonly string[]): Promise<number> {
  const progress = new Progress();
  const say = (text: string) => progress.stage(text);
  switch (command) {
    case "start":
      await alone(() => startCluster(args[0] === "images" ? "images" : "all"));
      return 0;
    case "stop":
      await alone(() => stopCluster(say));
      return 0;
    case "reset":
      await alone(() => resetCluster(say));
      return 0;
    case "clean":
      await alone(() => cleanCluster(say));
      return 0;
    case "status":
      return (await printStatus()) ? 0 : 1;
    case "logs":
      await showLogs(
        args.filter((arg) => arg !== "-f"),
        args.includes("-f"),
      );
      return 0;
    case "check":
      return check();
    case "kubeconfig":
      console.log(kubeconfigPath);
      return 0;
    default:
      console.error(usage);
      return 2;
  }
}

async function check(): Promise<number> {
  const problems = await findProblems(await supervisorRuns());
  console.log(
    problems.length > 0 ? describeProblems(problems) : "The embedded cluster can run here.",
  );
  return problems.length > 0 ? 1 : 0;
}

process.stdout.on("error", () => process.exit(1)); // `status | head` closes it early

main(process.argv[2], process.argv.slice(3)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
