import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { run, tryRun } from "../command";
import { readIfThere, writePrivate } from "../files";
import { nodeAddress } from "../paths";
import { cleanupRules, ownChain } from "./iptables";
import { layout, linkName, podCidr, serviceCidr } from "./layout";

/** What the kubelet and the CNI plugins set for the whole machine, and `stop` sets back. */
const touchedSysctls = [
  "net/ipv4/ip_forward",
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys/root_maxbytes",
  "kernel/keys/root_maxkeys",
  "vm/overcommit_memory",
  "vm/panic_on_oom",
];

/** Makes the link that carries the node's address, and proves that the address is this machine's. */
export async function ensureLink(): Promise<void> {
  if (!(await hasLink())) await run("ip", ["link", "add", linkName, "type", "bridge"]);
  await run("ip", ["address", "replace", `${nodeAddress}/32`, "dev", linkName]);
  await run("ip", ["link", "set", linkName, "up"]);
  const route = await run("ip", ["route", "get", nodeAddress]);
  if (!route.startsWith("local ")) {
    throw new Error(
      `\`ip route get ${nodeAddress}\` says "${route.trim()}", not "local": ` +
        "traffic for the cluster would leave this machine. Nothing was started.",
    );
  }
}

/** Removes the link, and with it the address. */
export async function removeLink(): Promise<void> {
  if (await hasLink()) await run("ip", ["link", "delete", linkName]);
}

/** Removes the links to pods that are gone. Such a link stays while the kernel sends what the pod had still to send. */
export async function removePodLinks(): Promise<void> {
  const { stdout } = await tryRun("ip", ["-4", "route", "show", "root", podCidr]);
  for (const [, link = ""] of stdout.matchAll(/ dev (veth\S+)/g)) {
    await tryRun("ip", ["link", "delete", link]); // it may go meanwhile
  }
}

async function hasLink(): Promise<boolean> {
  return (await tryRun("ip", ["link", "show", linkName])).code === 0;
}

/**
 * Keeps pods, Services and the node's address to this machine: with forwarding on, another machine
 * could else reach them by a route through this one, and pods could send to the network around.
 * In the mangle table, which a packet passes before any Service's address is translated.
 */
export async function ensureFirewall(): Promise<void> {
  const ours = [podCidr, serviceCidr, `${nodeAddress}/32`];
  const rules = [
    "-i lo -j RETURN",
    ...ours.map((to) => `-s ${podCidr} -d ${to} -j RETURN`),
    `-s ${podCidr} -m addrtype --dst-type LOCAL -j RETURN`,
    `-s ${podCidr} -j DROP`,
    ...ours.map((to) => `-d ${to} -j DROP`),
  ];
  const jump = ["PREROUTING", "-j", ownChain];
  await run("iptables-restore", ["-w", "--noflush"], {
    input: `*mangle\n:${ownChain} - [0:0]\n-A ${ownChain} ${rules.join(`\n-A ${ownChain} `)}\nCOMMIT\n`,
  });
  if ((await tryRun("iptables", ["-w", "-t", "mangle", "-C", ...jump])).code !== 0) {
    await run("iptables", ["-w", "-t", "mangle", "-I", ...jump]);
  }
}

/** Takes out every rule and chain of ours and of the components that ran. */
export async function cleanIptables(): Promise<void> {
  for (const family of ["iptables", "ip6tables"]) {
    const saved = await tryRun(`${family}-save`, []);
    if (saved.code !== 0) continue; // no such tables in this kernel: nothing to clean
    const rules = cleanupRules(saved.stdout);
    if (rules) await run(`${family}-restore`, ["-w", "--noflush"], { input: rules });
  }
}

/** Undefined once kube-router's rules stand in the way of every pod's packets. */
export async function enforcesPolicies(): Promise<string | undefined> {
  const { code, stderr } = await tryRun("iptables", ["-w", "-S", "KUBE-ROUTER-FORWARD"]);
  return code === 0 ? undefined : stderr.trim();
}

/** Removes the sets of addresses that kube-router's rules refer to, once these are gone. */
export async function removePolicySets(): Promise<void> {
  const { stdout } = await tryRun("ipset", ["list", "-name"]);
  const sets = stdout.split("\n").filter((name) => /^KUBE-(SRC|DST)-/.test(name));
  for (const name of sets) await run("ipset", ["destroy", name]);
}

/** Remembers the machine's settings before the first start; lets packets pass between pods. */
export function prepareSysctls(): void {
  if (readIfThere(layout.savedSysctls) === undefined) {
    const saved = Object.fromEntries(
      touchedSysctls.map((name) => [name, readIfThere(`/proc/sys/${name}`)?.trim()]),
    );
    writePrivate(layout.savedSysctls, JSON.stringify(saved));
  }
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
}

/** Sets the machine's settings back to what they were before the start. */
export function restoreSysctls(): void {
  const saved = readIfThere(layout.savedSysctls);
  if (saved === undefined) return;
  const values: unknown = JSON.parse(saved);
  for (const [name, value] of Object.entries(values ?? {})) {
    const path = `/proc/sys/${name}`;
    if (typeof value === "string" && readFileSync(path, "utf8").trim() !== value) {
      writeFileSync(path, value);
    }
  }
  rmSync(layout.savedSysctls);
}
