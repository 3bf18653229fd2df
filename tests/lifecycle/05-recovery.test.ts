import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { StackOutputs } from "../../verify/outputs";
import { mustMake, sql, standUp, until, withService } from "../e2e/stack";
import {
  enginePid,
  holdsLock,
  interrupt,
  killEngine,
  readState,
  startEngine,
  startMake,
  untilPoint,
  type WatchedRun,
} from "./interrupted-run";
import { assertNothingOrphaned, topics } from "./inventory";

/*
 * Runs are interrupted by SIGKILL, which hits the engine alone, and by SIGINT, which hits all that `make` started, as
 * Ctrl-C does.
 */

type Signal = "SIGKILL" | "SIGINT";
type Command = "up" | "destroy";
interface Row {
  point: string;
  signal: Signal;
  command: Command;
  seconds: number;
  next: string;
}

let outputs: StackOutputs;
let rowsBefore: number;
const table: Row[] = [];
const streamFile = join(__dirname, "../../pipelines/orders.ts");

before(async () => {
  assert.ok(!existsSync(streamFile), `${streamFile} is in the way: the test writes it`);
  outputs = await standUp();
});
after(() => {
  rmSync(streamFile, { force: true });
  const columns = ["command", "point", "signal", "s", "the next run"];
  const lines = table.map((row) => [
    row.command,
    row.point,
    row.signal,
    row.seconds.toFixed(1),
    row.next,
  ]);
  console.log([columns, ...lines].map((line) => `| ${line.join(" | ")} |`).join("\n"));
});

const has = (run: WatchedRun, pattern: RegExp) => () => pattern.test(run.output());
const isPending = (operation: string) => () => readState().pending.includes(operation);

/** When a run has come to a point. */
type Point = (run: WatchedRun) => Promise<void>;

const at =
  (what: string, reached: (run: WatchedRun) => () => boolean | Promise<boolean>): Point =>
  (run) =>
    untilPoint(run, what, reached(run));

const beforeTheFirst: [string, Point] = [
  "before the first resource",
  at("the lock", (run) => () => holdsLock(run)),
];

/** Starts a run, interrupts it at the point, and says what it was like. */
async function interruptAt(
  command: Command,
  signal: Signal,
  [point, reached]: [string, Point],
): Promise<Row> {
  const started = Date.now();
  const run =
    signal === "SIGKILL" ? startEngine(command) : startMake(command === "up" ? "up" : "down");
  await reached(run);
  if (signal === "SIGKILL") {
    await killEngine(run);
  } else {
    interrupt(run);
    await run.ended;
    assert.match(run.output(), /Interrupted: letting what is in flight end/);
    assert.deepEqual(readState().pending, [], run.output());
  }
  assert.notEqual((await run.ended).code, 0, run.output());
  const row: Row = { point, signal, command, seconds: (Date.now() - started) / 1000, next: "" };
  table.push(row);
  return row;
}

/** The next run, which must do all that is left. */
async function finish(command: Command): Promise<string> {
  const started = Date.now();
  const run = startEngine(command);
  const { code } = await run.ended;
  assert.equal(code, 0, run.output());
  const counts = [
    ...run.output().matchAll(/^ {4}\S*\s*\d+ (?:created|updated|replaced|deleted|unchanged).*$/gm),
  ];
  const said = counts.map(([line]) => line.trim()).join(", ");
  return `${command}: ${said}; ${((Date.now() - started) / 1000).toFixed(1)} s`;
}

function rowsInDruid(): Promise<number> {
  return withService(outputs, "druid", (url) =>
    until("rows in Druid", async (say) => {
      const [row] = await sql(url, 'SELECT COUNT(*) AS "n" FROM "demo"').catch((error: Error) => {
        say(error.message);
        return [];
      });
      return row ? Number(row.n) : undefined;
    }),
  );
}

test("two runs at once: the second is refused and names the first; the lock of a killed one is taken over", async () => {
  const first = startEngine("up");
  await untilPoint(first, "the run's header", has(first, /^Updating \(/m));
  const pid = enginePid(first);
  process.kill(pid, "SIGSTOP");
  const second = startEngine("destroy");
  assert.notEqual((await second.ended).code, 0, second.output());
  const holder = `created by ${userInfo().username}@${hostname()} (pid ${pid}) at 20`;
  assert.ok(second.output().includes(holder), `"${holder}" is not in:\n${second.output()}`);
  await killEngine(first);

  const third = startEngine("up");
  assert.equal((await third.ended).code, 0, third.output());
  assert.match(third.output(), new RegExp(`Removed a stale lock: .*\\(pid ${pid}, gone\\)`));
  await assertNothingOrphaned(outputs);
});

test("a destroy that is interrupted before its first resource has lost nothing: no row, no object", async () => {
  rowsBefore = await rowsInDruid();
  for (const signal of ["SIGKILL", "SIGINT"] as const) {
    const row = await interruptAt("destroy", signal, beforeTheFirst);
    row.next = await finish("up");
    assert.match(row.next, /^up: \d+ unchanged;/);
  }
  await assertNothingOrphaned(outputs);
  assert.ok((await rowsInDruid()) >= rowsBefore);
});

test("an up that takes a stream away is interrupted while its dashboard and its supervisor are deleted", async () => {
  const page = readFileSync(join(__dirname, "../../docs/add-a-stream.md"), "utf8");
  writeFileSync(streamFile, /```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? "");
  await finish("up");
  await assertNothingOrphaned(outputs);
  rmSync(streamFile);
  await interruptAt("up", "SIGINT", [
    "while another stream's dashboard is deleted",
    at("the dashboard's turn", (run) => has(run, /Dashboard orders-dashboard deleting/)),
  ]);
  const row = await interruptAt("up", "SIGKILL", [
    "while another stream's supervisor is deleted",
    at("its deletion", () => isPending("deleting orders-ingestion")),
  ]);
  row.next = await finish("up");
  await assertNothingOrphaned(outputs);
  assert.deepEqual(await topics(outputs), ["demo"]);
  assert.ok((await rowsInDruid()) >= rowsBefore);
});

test("the stack that went through all of this proves itself end to end", async () => {
  await mustMake("verify");
});
