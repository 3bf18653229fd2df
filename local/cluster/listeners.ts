import { readdirSync, readlinkSync } from "node:fs";
import { readIfThere } from "../files";
import { commandLine } from "./processes";

/** A TCP socket that waits for connections. */
export interface Listener {
  /** As in `127.0.0.1`, `0.0.0.0`; `::` stands for every IPv6 wildcard or address. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

/** All listening TCP sockets of this machine. */
export function listeners(): Listener[] {
  // A kernel without IPv6 has no tcp6.
  return ["tcp", "tcp6"].flatMap((name) => parseListeners(readIfThere(`/proc/net/${name}`) ?? ""));
}

/** Reads the text of /proc/net/tcp or tcp6, whose addresses are hexadecimal in host byte order. */
export function parseListeners(text: string): Listener[] {
  return text.split("\n").flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    const [address, port] = local?.split(":") ?? [];
    if (state !== "0A" || !address || !port || !inode) return [];
    return [{ address: readAddress(address), port: Number.parseInt(port, 16), inode }];
  });
}

function readAddress(hex: string): string {
  const bytes = hex.match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? [];
  if (bytes.length === 4) return bytes.reverse().join(".");
  const mapped = hex.startsWith("0000000000000000FFFF0000");
  return mapped ? bytes.slice(12).reverse().join(".") : "::";
}

/** Those that would keep a program from listening on an address and port. */
export function conflicting(all: readonly Listener[], address: string, port: number): Listener[] {
  return all.filter(
    (listener) => listener.port === port && ["0.0.0.0", "::", address].includes(listener.address),
  );
}

/** The process that holds a socket, with its command line, or undefined where it can't be seen. */
export function holderOf(listener: Listener): { pid: number; command: string } | undefined {
  const wanted = `socket:[${listener.inode}]`;
  for (const pid of readdirSync("/proc").map(Number).filter(Number.isInteger)) {
    if (openFiles(pid).includes(wanted)) return { pid, command: commandLine(pid) };
  }
  return undefined;
}

function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  const files = unlessGone(() => readdirSync(folder)) ?? [];
  return files.flatMap((fd) => unlessGone(() => readlinkSync(`${folder}/${fd}`)) ?? []);
}

/** Undefined where the process ended, or closed the file, meanwhile. */
function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
