import type { Display } from "./events";
import { LineDisplay } from "./lines";

/** The display that fits where the output goes. */
export function createDisplay(options: { diff: boolean; debug: boolean }): Display {
  return new LineDisplay({ ...options, write: (text) => process.stdout.write(text) });
}
