import type { Display } from "./events";
import { LineDisplay } from "./lines";
import { TableDisplay } from "./table";

/** The display that fits where the output goes. */
export function createDisplay(options: { diff: boolean; debug: boolean }): Display {
  const write = (text: string) => process.stdout.write(text);
  if (!process.stdout.isTTY || process.env.TERM === "dumb" || process.env.CI) {
    return new LineDisplay({ ...options, write });
  }
  const size = () => ({ columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 });
  return new TableDisplay({ ...options, write, size });
}
