import { existsSync, readFileSync, statfsSync } from "node:fs";
import { BlockList } from "node:net";
import { totalmem } from "node:os";
import { dirname } from "node:path";
import { hasProgram, tryRun } from "../command";
import { atLeast, goVersion, minimumGo } from "../go";
import { missingPackages } from "../packages";
import { cacheDir, clusterDir, nodeAddress, registryAddress } from "../paths";
import { binariesReady, requirements } from "./binaries";
import { layout, linkName, podCidr, ports, serviceCidr } from "./layout";
import { conflicting, listeners } from "./listeners";
import { commandLine, ownProcesses } from "./processes";

/** One reason why the cluster can't start here, and what to do about it. */
export interface Problem {
  readonly what: string;
  readonly remedy: string;
}

const gib = 1024 ** 3;
/** Needed for the sources, the compiler's results, images and data of a first start. */
const coldDiskGib = 15;
const warmDiskGib = 3;
const memoryGib = 8;

/** The addresses that are bound, by what binds them. */
const bound: ReadonlyArray<readonly [string, string, number]> = [
  ["the registry", "127.0.0.1", Number(registryAddress.split(":")[1])],
  ["etcd", "127.0.0.1", ports.etcd],
  ["etcd's peers", "127.0.0.1", ports.etcdPeer],
  ["the API server", nodeAddress, ports.apiServer],
  ["the kubelet", nodeAddress, ports.kubelet],
  ["the kubelet's health", "127.0.0.1", ports.kubeletHealth],
  ["the controller manager", "127.0.0.1", ports.controllerManager],
  ["the scheduler", "127.0.0.1", ports.scheduler],
  ["kube-proxy's health", "127.0.0.1", ports.proxyHealth],
  ["kube-proxy's metrics", "127.0.0.1", ports.proxyMetrics],
];

/** Everything that keeps the cluster from starting. Looks only, touches nothing. */
export async function findProblems(running: boolean): Promise<Problem[]> {
  if (process.platform !== "linux") {
    return [{ what: `this is ${process.platform}, not Linux`, remedy: "use a Linux machine" }];
  }
  const problems = [...user(), ...machine(), ...folders()];
  if (running) return problems;
  problems.push(...(await tools()), ...space(), ...(await portsTaken()), ...(await routesTaken()));
  return problems;
}

function problemIf(isSo: boolean, what: string, remedy: string): Problem[] {
  return isSo ? [{ what, remedy }] : [];
}

/** All problems and the way without an embedded cluster, for a person. */
export function describeProblems(problems: readonly Problem[]): string {
  return [
    "The embedded cluster can't start on this machine. Nothing was changed.",
    ...problems.map(({ what, remedy }) => `  - ${what}: ${remedy}`),
    "Or use a cluster of your own: `kind create cluster`, then `STACK=dev make up`.",
  ].join("\n");
}

function user(): Problem[] {
  const remedy = "containers, links and mounts need root: use `sudo -E make up`, or a root shell";
  const id = process.getuid?.();
  return problemIf(id !== 0, `it runs as user id ${id}, not as root`, remedy);
}

function machine(): Problem[] {
  const hasCgroups = / - cgroup2? /.test(readFileSync("/proc/self/mountinfo", "utf8"));
  const mountCgroups = "`mount -t cgroup2 none /sys/fs/cgroup`, which systemd does by itself";
  const isKnown = ["x64", "arm64"].includes(process.arch);
  const memory = totalmem() / gib;
  return [
    ...problemIf(!isKnown, `the processor is ${process.arch}`, "use an amd64 or arm64 machine"),
    ...problemIf(!hasCgroups, "no control groups are mounted", mountCgroups),
    ...problemIf(
      memory < memoryGib * 0.95,
      `this machine has ${memory.toFixed(1)} GiB of memory`,
      `the stack needs ${memoryGib} GiB`,
    ),
  ];
}

function folders(): Problem[] {
  return [clusterDir, cacheDir].flatMap((folder) =>
    problemIf(
      /[\s%"'\\]/.test(folder),
      `the folder ${folder} has a space, a quote or a % in its name`,
      "set XDG_STATE_HOME and XDG_CACHE_HOME to folders without",
    ),
  );
}

async function tools(): Promise<Problem[]> {
  const missing = missingPackages(requirements);
  const version = binariesReady() ? minimumGo : await goVersion();
  return [
    ...problemIf(
      missing.length > 0 && !hasProgram("apt-get"),
      `${missing.join(", ")} ${missing.length > 1 ? "are" : "is"} not installed, and there is no apt-get`,
      "install what these Debian packages bring by the means of this distribution",
    ),
    ...problemIf(
      !version || !atLeast(version, minimumGo),
      version ? `Go is ${version}` : "there is no Go on the PATH",
      `Kubernetes is compiled here, with Go ${minimumGo} or newer: unpack it from https://go.dev/dl ` +
        "into /usr/local and put /usr/local/go/bin on root's PATH",
    ),
  ];
}

function space(): Problem[] {
  const wanted = binariesReady() ? warmDiskGib : coldDiskGib;
  const remedy = `${wanted} GiB are needed: make room, or set XDG_STATE_HOME and XDG_CACHE_HOME to another disk`;
  const short = [clusterDir, cacheDir].map(nearestFolder).flatMap((folder) => {
    const { bavail, bsize } = statfsSync(folder);
    const free = (bavail * bsize) / gib;
    return problemIf(free < wanted, `${folder} has ${free.toFixed(1)} GiB free`, remedy);
  });
  return short.slice(0, 1);
}

function nearestFolder(path: string): string {
  return existsSync(path) ? path : nearestFolder(dirname(path));
}

async function portsTaken(): Promise<Problem[]> {
  const all = await listeners();
  const own = new Set(ownProcesses()); // what a killed supervisor left is ended, not refused
  const taken = bound.flatMap(([what, address, port]) =>
    conflicting(all, address, port).map((listener) => ({ what, ...listener })),
  );
  return taken.flatMap(({ what, address, port, pid }) => {
    const by = pid ? `process ${pid} (${commandLine(pid).slice(0, 120)})` : "an unknown process";
    const text = `port ${port}, which ${what} needs, is taken on ${address} by ${by}`;
    return problemIf(!pid || !own.has(pid), text, "end that program");
  });
}

async function routesTaken(): Promise<Problem[]> {
  const { code, stdout } = await tryRun("ip", ["-4", "route", "show", "table", "all"]);
  if (code !== 0) return []; // no `ip` yet: it is installed with the rest
  return overlappingRoutes(stdout)
    .filter((route) => !(isToPod(route) && existsSync(layout.run))) // what a killed one left is cleared
    .map((route) => ({
      what: `this machine's route "${route}" overlaps the addresses ${podCidr}, ${serviceCidr} or ${nodeAddress} of the cluster`,
      remedy: isToPod(route)
        ? "it leads to a pod of another user's or folder's cluster: run `make reset` there"
        : "leave that network (a VPN?) while the cluster runs",
    }));
}

function isToPod(route: string): boolean {
  return route.includes(" dev veth");
}

/** The routes, out of `ip route`, that share addresses with the cluster, but those by its own link. */
export function overlappingRoutes(routes: string): string[] {
  const ours = [podCidr, serviceCidr, nodeAddress];
  const address = /^(?:(?:local|broadcast|unicast|blackhole|unreachable) )?(\d+\.\d+\.\d+\.\d+\S*)/;
  return routes
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => {
      const to = address.exec(line)?.[1] ?? "0.0.0.0/0";
      if (to === "0.0.0.0/0" || line.includes(`dev ${linkName} `)) return false;
      return ours.some((own) => hasStartOf(own, to) || hasStartOf(to, own));
    });
}

/** Whether a range has the first address of another: two that overlap do, one way or the other. */
function hasStartOf(range: string, other: string): boolean {
  const [address = "", bits = "32"] = range.split("/");
  const list = new BlockList();
  list.addSubnet(address, Number(bits));
  return list.check(other.replace(/\/.*/, ""));
}
