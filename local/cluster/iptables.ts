/** The chain that holds our own rules (firewall.ts). */
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
  const tables: string[] = [];
  for (const block of saved.split(/^(?=\*)/m)) {
    const lines = block.split("\n");
    const table = lines[0]?.startsWith("*") ? lines[0] : undefined;
    if (table) tables.push(...cleanTable(table, lines));
  }
  return tables.length > 0 ? `${tables.join("\n")}\n` : "";
}

function cleanTable(table: string, lines: readonly string[]): string[] {
  const chains = lines
    .map((line) => /^:(\S+)/.exec(line)?.[1])
    .filter((chain): chain is string => chain !== undefined && isOurs(chain));
  const jumps = lines
    .filter((line) => {
      const [, from, to] = /^(?:\[\d+:\d+\] )?-A (\S+) .*(?:-j|-g) (\S+)/.exec(line) ?? [];
      return from !== undefined && to !== undefined && !isOurs(from) && isOurs(to);
    })
    .map((line) => line.replace(/^(\[\d+:\d+\] )?-A /, "-D "));
  if (chains.length === 0 && jumps.length === 0) return [];
  // Flushed first, all of them: a chain that another one still leads to cannot be deleted.
  return [
    table,
    ...jumps,
    ...chains.map((chain) => `-F ${chain}`),
    ...chains.map((chain) => `-X ${chain}`),
    "COMMIT",
  ];
}
