import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { project } from "../../settings/config-key";
import type { StackOutputs } from "../../verify/outputs";
import {
  cliPid,
  endRuns,
  freezeBeforeRecord,
  holdsLock,
  interrupt,
  interruptAgain,
  killCli,
  nameOf,
  readState,
  startCli,
  startMake,
  untilPoint,
  type WatchedRun,
} from "../support/interrupted-run";
import { assertNothingOrphaned, supervisors, topics } from "../support/inventory";
import { holdNamespace, podOf, readNamespace } from "../support/kubernetes";
import {
  mustMake,
  readOutputs,
  sql,
  standUp,
  testStack,
  until,
  withService,
} from "../support/stack";

/*
 * Runs are interrupted at each point by SIGKILL, which goes only to the CLI, and by SIGINT, which goes to all processes of
 * `make`, as Ctrl-C does. Each interrupted run is continued by the next one, which is interrupted at a later point, so that
 * the services needn't start again for each point. The last run must succeed, and leave each object once.
 * INTERRUPTIONS=all tries all of them, else SIGKILL at each point and SIGINT at two.
 */

/** After the first SIGINT, operations in flight end. The second one cancels them. */
type Signal = "SIGKILL" | "SIGINT" | "SIGINT twice";
type Command = "up" | "destroy";
interface Row {
  point: string;
  signal: Signal;
  command: Command;
  seconds: number;
  next: string;
}

const tryAll = process.env.INTERRUPTIONS === "all";

let outputs: StackOutputs;
let rowsBefore: number;
let releaseNamespace: () => Promise<void>;
const table: Row[] = [];
const streamFile = join(__dirname, "../../pipelines/orders.ts");

before(async () => {
  assert.ok(!existsSync(streamFile), `${streamFile} is in the way: the test writes it`);
  outputs = await standUp();
});
afterEach(endRuns);
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
/** Said by this run: an interrupted one before it may have left the same operation pending. */
const isPending = (run: WatchedRun, operation: "creating", resource: string) => () =>
  has(run, new RegExp(` ${resource} ${operation} `))() &&
  readState().pending.includes(`${operation} ${resource}`);

/** Waits until a run has reached a point. Points at which the CLI is frozen return its pid. */
type Point = (run: WatchedRun) => Promise<number | undefined>;

const at =
  (what: string, reached: (run: WatchedRun) => () => boolean | Promise<boolean>): Point =>
  async (run) => {
    await untilPoint(run, what, reached(run));
    return undefined;
  };

const upPoints: [string, Point][] = [
  ["before the first resource", at("the lock", (run) => () => holdsLock(run))],
  [
    "while Kafka starts",
    at("Kafka's pod", (run) => async () => {
      return (
        isPending(run, "creating", "kafka-nodes")() &&
        (await podOf(outputs, "kafka-0")) !== undefined
      );
    }),
  ],
  [
    "between a creation (the topic) and its being recorded",
    (run) =>
      freezeBeforeRecord(run, "creating", "demo-topic", async () => {
        return (await topics(outputs)).includes("demo");
      }),
  ],
  [
    "while the supervisor is made",
    at("the supervisor in Druid", (run) => async () => {
      return (
        isPending(run, "creating", "demo-ingestion")() && (await supervisors(outputs)).length > 0
      );
    }),
  ],
  [
    "while the dashboard is made",
    at("the dashboard", (run) => isPending(run, "creating", "demo-dashboard")),
  ],
];

const destroyPoints: [string, Point][] = [
  ["before the first resource", at("the lock", (run) => () => holdsLock(run))],
  [
    "while the dashboard is deleted",
    at("the dashboard's turn", (run) => has(run, /Dashboard demo-dashboard deleting/)),
  ],
  [
    "while the supervisor is deleted",
    at("the supervisor's turn", (run) => has(run, /Supervisor demo-ingestion deleting/)),
  ],
  [
    "while Kafka stops",
    at("Kafka to stop", (run) => async () => {
      if (!has(run, /Namespace analytics-namespace deleting/)()) return false;
      const pod = await podOf(outputs, "kafka-0");
      return pod === undefined || pod.metadata?.deletionTimestamp !== undefined;
    }),
  ],
  [
    "between a deletion (the namespace) and its being recorded",
    (run) =>
      freezeBeforeRecord(run, "deleting", "analytics-namespace", async () => {
        await releaseNamespace();
        return (await readNamespace(outputs)) === undefined;
      }),
  ],
];

/** Starts a run, interrupts it at the point, and returns its output. */
async function interruptAt(
  command: Command,
  signal: Signal,
  [point, reached]: [string, Point],
): Promise<Row> {
  const started = Date.now();
  const run =
    signal === "SIGKILL" ? startCli(command) : startMake(command === "up" ? "up" : "down");
  const frozen = await reached(run);
  if (signal === "SIGKILL") {
    await killCli(run);
  } else {
    interrupt(run);
    if (frozen !== undefined) process.kill(frozen, "SIGCONT");
    if (signal === "SIGINT twice") await interruptAgain(run);
    await run.ended;
    // An earlier signal could come before the CLI handles it, and end the CLI.
    if (!point.startsWith("before")) assert.match(run.output(), /\^C received; cancelling/);
    if (signal === "SIGINT") assert.deepEqual(readState().pending, [], run.output());
  }
  assert.notEqual((await run.ended).code, 0, run.output());
  const row: Row = { point, signal, command, seconds: (Date.now() - started) / 1000, next: "" };
  table.push(row);
  return row;
}

/** Runs the command again, which must do everything that is left. */
async function finish(command: Command): Promise<string> {
  const started = Date.now();
  const run = startCli(command);
  const { code } = await run.ended;
  assert.equal(code, 0, run.output());
  const counts = [
    ...run.output().matchAll(/^ {4}\S*\s*\d+ (?:created|updated|replaced|deleted|unchanged).*$/gm),
  ];
  const said = counts.map(([line]) => line.trim()).join(", ");
  return `${command}: ${said}; ${((Date.now() - started) / 1000).toFixed(1)} s`;
}

/** Interrupts one run after the other, each at the next of the points; then one run goes to its end. */
async function interruptAtEach(
  command: Command,
  signalOf: (point: number) => Signal,
  points: [string, Point][],
) {
  const rows: Row[] = [];
  for (const [i, point] of points.entries()) {
    const row = await interruptAt(command, signalOf(i), point);
    const previous = rows.at(-1);
    if (previous) previous.next = `${command}, to the next point`;
    rows.push(row);
  }
  const last = rows.at(-1);
  if (last) last.next = await finish(command);
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

test("two runs at once: the second is refused, names the first and changes nothing; what a killed one left is removed", async () => {
  const page = readFileSync(join(__dirname, "../../docs/add-a-stream.md"), "utf8");
  writeFileSync(streamFile, /```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? "");
  const first = startCli("up");
  await untilPoint(first, "a creation", isPending(first, "creating", "orders-ingestion"));
  const pid = cliPid(first);
  process.kill(pid, "SIGSTOP");
  const held = readState();
  const holder = `created by ${userInfo().username}@${hostname()} (pid ${pid}) at 20`;
  for (const command of ["destroy", "up"] as const) {
    const second = startCli(command);
    assert.notEqual((await second.ended).code, 0, second.output());
    assert.ok(second.output().includes(holder), `"${holder}" is not in:\n${second.output()}`);
    assert.deepEqual(readState(), held);
  }
  await killCli(first);

  const third = startCli("up");
  assert.equal((await third.ended).code, 0, third.output());
  assert.match(third.output(), /^Ended \d+ processes that a killed `up` had left\./m);
  assert.match(third.output(), new RegExp(`Removed a stale lock: .* is gone \\(.*, pid ${pid}\\)`));
  await assertNothingOrphaned(outputs);
  assert.deepEqual(await topics(outputs), ["demo", "orders"]);
});

test("a destroy that is interrupted before its first resource has lost nothing: no row, no object", async () => {
  rowsBefore = await rowsInDruid();
  for (const signal of ["SIGKILL", "SIGINT"] as const) {
    const [first] = destroyPoints;
    assert.ok(first);
    const row = await interruptAt("destroy", signal, first);
    row.next = await finish("up");
    assert.match(row.next, /^up: \d+ unchanged;/);
  }
  await assertNothingOrphaned(outputs);
  assert.ok((await rowsInDruid()) >= rowsBefore);
});

test("an up that removes a stream is interrupted while its dashboard and its supervisor are deleted", async () => {
  rmSync(streamFile);
  // The first run is killed, because after SIGINT the deletion of the supervisor, which has begun too, would end.
  const killed = await interruptAt("up", "SIGKILL", [
    "while another stream's dashboard is deleted",
    at("the dashboard's turn", (run) => has(run, /Dashboard orders-dashboard deleting/)),
  ]);
  killed.next = "up, to the next point";
  const row = await interruptAt("up", "SIGINT", [
    "while another stream's supervisor is deleted",
    at("its turn", (run) => has(run, /Supervisor orders-ingestion deleting/)),
  ]);
  row.next = await finish("up");
  await assertNothingOrphaned(outputs);
  assert.deepEqual(await topics(outputs), ["demo"]);
  assert.ok((await rowsInDruid()) >= rowsBefore);
});

// By SIGKILL last: the next file's first `up` changes what was made by runs that were killed.
for (const signal of tryAll ? (["SIGINT", "SIGKILL"] as const) : (["SIGKILL"] as const)) {
  test(`destroy ends after ${signal} at each point, and leaves nothing`, async () => {
    const points = destroyPoints.slice(1);
    // After a single SIGINT the namespace would be deleted, and no later point would come.
    const last = points.length - 1;
    const signalOf = (i: number) => (signal === "SIGINT" && i < last ? "SIGINT twice" : signal);
    // Otherwise the namespace may be gone before the last run reaches its deletion.
    releaseNamespace = await holdNamespace(outputs);
    try {
      await interruptAtEach("destroy", signalOf, points);
    } finally {
      await releaseNamespace();
    }
    await assertNothingLeft();
  });

  if (tryAll && signal === "SIGKILL") {
    test("destroy removes what an up that was killed twice has begun", async () => {
      const point = upPoints.find(([name]) => name === "while Kafka starts");
      assert.ok(point);
      for (let i = 0; i < 2; i += 1) {
        const row = await interruptAt("up", signal, point);
        row.next = i === 0 ? "up, to the same point" : "destroy";
      }
      await finish("destroy");
      await assertNothingLeft();
    });
  }

  test(`up ends after ${signal} at each point, with one of each object and none orphaned`, async () => {
    // After SIGINT, operations in flight end, so one point during the creation of objects stands for all of them.
    const points = signal === "SIGKILL" ? upPoints : upPoints.slice(1, 3);
    await interruptAtEach("up", () => signal, points);
    outputs = await readOutputs();
    await assertNothingOrphaned(outputs);
    const { resources } = readState();
    const ofStack = resources.filter(({ type }) => type === "pulumi:pulumi:Stack");
    assert.deepEqual(
      ofStack.map(({ urn }) => nameOf(urn)),
      [`${project}-${testStack}`],
    );
    await until("the first rows", async () => ((await rowsInDruid()) > 0 ? true : undefined));
  });
}

async function assertNothingLeft(): Promise<void> {
  assert.deepEqual(readState(), { resources: [], pending: [] });
  assert.equal(await readNamespace(outputs), undefined);
}

test("the stack that went through all of this proves itself end to end", async () => {
  await mustMake("verify");
});
