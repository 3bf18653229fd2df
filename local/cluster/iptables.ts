/** The chain that holds our own rules (network.ts). */
export const ownChain = "REALTIME-ANALYTICS";

/** Chains that kube-proxy, the kubelet, the CNI plugins and we make. */
function isOurs(chain: string): boolean {
  return chain === ownChain || /^(KUBE|CNI)-/.test(chain);
}

/**
 * The input for `iptables-restore --noflush` that takes our chains, and every rule that leads into
 * one, out of what `iptables-save` printed; empty where there is nothing of ours. All other rules
 * stay as they are, with their counters.
 */
export function cleanupRules(saved: string): string {
  const tables = saved.split(/^(?=\*)/m).filter((table) => table.startsWith("*"));
  return tables.flatMap((table) => cleanTable(table.split("\n"))).join("");
}

function cleanTable(lines: readonly string[]): string[] {
  const chains = lines
    .map((line) => /^:(\S+)/.exec(line)?.[1])
    .filter((chain) => chain !== undefined && isOurs(chain));
  const jumps = lines
    .filter((line) => {
      const [, from, to] = /^(?:\[\d+:\d+\] )?-A (\S+) .*(?:-j|-g) (\S+)/.exec(line) ?? [];
      return from !== undefined && to !== undefined && !isOurs(from) && isOurs(to);
    })
    .map((line) => line.replace(/^(\[\d+:\d+\] )?-A /, "-D "));
  if (chains.length === 0 && jumps.length === 0) return [];
  // Flushed first, all of them: a chain that another one still leads to cannot be deleted.
  const removals = ["-F", "-X"].flatMap((action) => chains.map((chain) => `${action} ${chain}`));
  return [lines[0] ?? "", ...jumps, ...removals, "COMMIT"].map((line) => `${line}\n`);
}
