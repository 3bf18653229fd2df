import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";

const program = join(__dirname, "testdata", "plain");
let folder: string;
let children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "run-"));
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  children = [];
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  code: number | null;
  output: string;
}

function start(args: string[]): { child: ChildProcess; ended: Promise<Ended>; output(): string } {
  const child = spawn(
    process.execPath,
    [
      "--import",
      "tsx",
      join(__dirname, "main.ts"),
      ...args,
      "--stack",
      "t",
      "--cwd",
      program,
      "--state",
      folder,
    ],
    { cwd: join(__dirname, "..", ".."), env: { ...process.env, PULUMI_CONFIG_PASSPHRASE: "x" } },
  );
  children.push(child);
  let output = "";
  child.stdout?.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    output += chunk;
  });
  const ended = once(child, "close").then(([code]) => ({ code, output }));
  return { child, ended, output: () => output };
}

const engine = (...args: string[]): Promise<Ended> => start(args).ended;

/** Waits, 60 s at most, until the running engine's output matches. */
async function until(running: ReturnType<typeof start>, pattern: RegExp): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!pattern.test(running.output())) {
    if (Date.now() > deadline || running.child.exitCode !== null)
      throw new Error(`no ${pattern} in:\n${running.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Waits, 60 s at most, until the state says that something is being created. */
async function untilCreating(running: ReturnType<typeof start>): Promise<void> {
  await until(running, /choir-0 creating/);
  const deadline = Date.now() + 60_000;
  while (latest().pending_operations === undefined) {
    if (Date.now() > deadline) throw new Error("no pending operation in the state");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function latest() {
  const path = join(folder, ".pulumi", "stacks", "plain", "t.json");
  return JSON.parse(readFileSync(path, "utf8")).checkpoint.latest;
}

test("preview, up, up again, update, replace, refresh, outputs and destroy", async () => {
  assert.match((await engine("preview")).output, /\+ 6 to create/);
  assert.ok(!existsSync(join(folder, ".pulumi/stacks")), "a preview has written a state");
  const created = await engine("up");
  assert.equal(created.code, 0, created.output);
  assert.match(created.output, /\+ 6 created/);
  const again = await engine("up");
  assert.match(again.output, /^ {4}6 unchanged$/m);
  const outputs = JSON.parse((await engine("outputs", "--json")).output);
  assert.deepEqual(outputs.lengths, [5, 7]);
  assert.equal(outputs.password, "[secret]");
  const revealed = JSON.parse((await engine("outputs", "--json", "--show-secrets")).output);
  assert.equal(revealed.password, "swordfish");
  const preview = await engine("preview", "-c", "greeting=hi");
  assert.match(preview.output, /~ text: "hello" => "hi"/);
  assert.match(preview.output, /~ 2 to update/);
  const changed = await engine("up", "-c", "greeting=hi", "-c", "kind=b");
  assert.match(changed.output, /\+-2 replaced/);
  assert.match((await engine("refresh", "-c", "kind=b")).output, /6 unchanged/);
  const destroyed = await engine("destroy");
  assert.equal(destroyed.code, 0, destroyed.output);
  assert.equal(latest().resources, undefined);
  assert.doesNotMatch(
    readFileSync(join(folder, ".pulumi/stacks/plain/t.json.bak"), "utf8"),
    /swordfish/,
  );
  const history = await readdir(join(folder, ".pulumi/history/plain/t"));
  assert.equal(history.filter((name) => name.endsWith(".history.json")).length, 5);
});

test("a run killed in the middle of a creation leaves it pending, and the next run does it again", async () => {
  const first = start(["up", "-c", "delay=600000"]);
  await untilCreating(first);
  const lockedOut = await engine("up");
  assert.equal(lockedOut.code, 1);
  const me = new RegExp(`locked by 1 lock.*@${hostname()} \\(pid ${first.child.pid}\\)`, "s");
  assert.match(lockedOut.output, me);
  first.child.kill("SIGKILL");
  await first.ended;
  const [pending] = latest().pending_operations;
  assert.equal(pending.type, "creating");
  assert.match(pending.resource.urn, /choir-0$/);

  const second = await engine("up");
  assert.equal(second.code, 0, second.output);
  assert.match(second.output, /Removed a stale lock/);
  assert.match(second.output, /choir-0, interrupted while creating/);
  assert.equal(latest().pending_operations, undefined);
  assert.equal(
    latest().resources.filter((r: { urn: string }) => r.urn.endsWith("choir-0")).length,
    1,
  );
});

test("destroy after a kill creates what was interrupted, so as to find it, and deletes it", async () => {
  const first = start(["up", "-c", "delay=3000"]);
  await untilCreating(first);
  first.child.kill("SIGKILL");
  await first.ended;
  const destroyed = await engine("destroy");
  assert.equal(destroyed.code, 0, destroyed.output);
  assert.match(destroyed.output, /choir-0 deleted/);
  assert.deepEqual([latest().resources, latest().pending_operations], [undefined, undefined]);
});

test("an interrupt lets what is in flight end, begins nothing more, and releases the lock", async () => {
  const running = start(["up", "-c", "delay=2000"]);
  await untilCreating(running);
  running.child.kill("SIGINT");
  const { code, output } = await running.ended;
  assert.equal(code, 1);
  assert.match(output, /letting what is in flight end/);
  assert.match(output, /choir-0 created/);
  assert.doesNotMatch(output, /choir-1 creating/);
  assert.match(output, /The run was cancelled/);
  assert.ok(latest().resources.some((r: { urn: string }) => r.urn.endsWith("choir-0")));
  assert.deepEqual(await readdir(join(folder, ".pulumi/locks/organization/plain/t")), []);
  const next = await engine("up");
  assert.match(next.output, /\+ [12] created/);
});

test("a second interrupt gives up what is in flight, which stays pending", async () => {
  const running = start(["up", "-c", "delay=600000"]);
  await untilCreating(running);
  running.child.kill("SIGINT");
  await until(running, /letting what is in flight end/);
  // A signal that follows at once counts as the same one.
  await new Promise((resolve) => setTimeout(resolve, 600));
  running.child.kill("SIGINT");
  const { code, output } = await running.ended;
  assert.equal(code, 1, output);
  assert.equal(latest().pending_operations?.[0]?.type, "creating");
});

test("a program that throws fails the run, tells why, and deletes nothing", async () => {
  assert.equal((await engine("up")).code, 0);
  const failed = await engine("up", "-c", "echoes=-1");
  assert.equal(failed.code, 1);
  assert.match(failed.output, /Diagnostics:\n.*error: .*echoes must not be negative/s);
  assert.equal(latest().resources.length, 8);
  const stack = latest().resources.find((r: { type: string }) => r.type === "pulumi:pulumi:Stack");
  assert.ok(Object.keys(stack.outputs).length > 0, "the outputs of before are lost");
});

test("a resource that fails is the one error, whatever the program was about to declare", async () => {
  const { code, output } = await engine("up", "-c", "refuse=true", "-c", "delay=1500");
  assert.equal(code, 1);
  assert.match(output, /Echo refused error: nobody may say that/);
  // It is created to its end, and only then is the next one declared.
  assert.match(output, /choir-0 created/);
  assert.doesNotMatch(output, /unhandled|shut down|terminating|choir-1/);
  assert.match(output, /1 errored/);
});

test("a provider that cannot be serialised is told with the places of its functions", async () => {
  const { code, output } = await engine("preview", "-c", "native=true");
  assert.equal(code, 1);
  assert.match(output, /'\(\) => provider': index\.js\(\d+,\d+\): captured/);
  assert.match(output, /'async \(\) => .*': index\.ts\(\d+,\d+\): which captured/);
  assert.match(output, /'bound includes': which could not be serialized/);
});

test("the program's debug messages are shown when they are asked for, and only then", async () => {
  const messages = /a choir of 2.*RegisterResource RPC finished: resource:choir-1/s;
  assert.match((await engine("preview", "--debug")).output, messages);
  assert.doesNotMatch((await engine("preview")).output, /a choir of|RPC/);
});

test("a wrong config value is refused before anything is touched", async () => {
  const refused = await engine("up", "-c", "echoes=many");
  assert.equal(refused.code, 1);
  assert.match(refused.output, /plain:echoes must be of type integer, is "many"/);
  assert.ok(!existsSync(join(folder, ".pulumi/stacks/plain/t.json")));
});
