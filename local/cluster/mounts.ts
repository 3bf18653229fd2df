import { readFile } from "node:fs/promises";

/** Where something is mounted under a folder, the last mounted first. */
export async function mountsUnder(folder: string): Promise<string[]> {
  return parseMountsUnder(await readFile("/proc/self/mountinfo", "utf8"), folder);
}

/** The same out of the text of /proc/self/mountinfo, whose order is that of mounting. */
export function parseMountsUnder(mountinfo: string, folder: string): string[] {
  return mountinfo
    .split("\n")
    .map((line) => readOctal(line.split(" ")[4] ?? ""))
    .filter((path) => path.startsWith(`${folder}/`))
    .reverse();
}

/** mountinfo writes a space, a tab, a newline and a backslash in octal. */
function readOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
