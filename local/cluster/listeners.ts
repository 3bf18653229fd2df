import { tryRun } from "../command";

/** A TCP socket that waits for connections. */
export interface Listener {
  /** As in `127.0.0.1` or `0.0.0.0`; `*` and `::` are the wildcards that IPv6 has besides. */
  readonly address: string;
  readonly port: number;
  /** The process that holds it, where it can be seen. */
  readonly pid?: number;
}

/** All listening TCP sockets of this machine; none as long as there is no `ss`, which is installed with the rest. */
export async function listeners(): Promise<Listener[]> {
  return parseListeners((await tryRun("ss", ["-Hltnp"])).stdout);
}

/** Reads what `ss -Hltnp` prints. */
export function parseListeners(text: string): Listener[] {
  return text.split("\n").flatMap((line) => {
    const [, address, port] = /^LISTEN\s+\d+\s+\d+\s+(\S+):(\d+)\s/.exec(line) ?? [];
    if (!address || !port) return [];
    const pid = /\bpid=(\d+)/.exec(line)?.[1];
    const plain = address.replace(/%.*$/, "").replace(/^\[(?:::ffff:)?(.*)\]$/, "$1");
    return [{ address: plain, port: Number(port), ...(pid && { pid: Number(pid) }) }];
  });
}

/** Those that would keep a program from listening on an address and port. */
export function conflicting(all: readonly Listener[], address: string, port: number): Listener[] {
  const same = ["0.0.0.0", "*", "::", address];
  return all.filter((listener) => listener.port === port && same.includes(listener.address));
}
