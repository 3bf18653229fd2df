import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@kubernetes/client-node";
import { describeAlerts } from "./alerts";
import { describeDisks } from "./disks";
import { describePods, describeVersions, duration } from "./pods";
import { describeSlots } from "./slots";
import { describeStreams } from "./streams";

const now = Date.parse("2026-11-30T06:00:00Z");

function pod(name: string, ready: boolean, more: Partial<V1Pod["status"]> = {}): V1Pod {
  const running = { running: { startedAt: new Date(now - 60_000) } };
  return {
    metadata: { name, creationTimestamp: new Date(now - 3 * 3_600_000) },
    spec: {
      containers: [
        {
          name: "main",
          image: "127.0.0.1:5005/kafka:4.3.1",
          volumeMounts: [{ name: "data", mountPath: "/data" }],
        },
      ],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: `data-${name}` } }],
    },
    status: {
      phase: "Running",
      containerStatuses: [
        { name: "main", ready, restartCount: 0, image: "", imageID: "", state: running },
      ],
      ...more,
    },
  };
}

test("a pod that is not ready is a problem with its reason, and a Job that ended well is left out", () => {
  const waiting = { waiting: { reason: "CrashLoopBackOff" } };
  const ended = { terminated: { exitCode: 1, finishedAt: new Date(now - 30_000) } };
  const crashing = pod("kafka-1", false, {
    containerStatuses: [
      {
        name: "main",
        ready: false,
        restartCount: 4,
        image: "",
        imageID: "",
        state: waiting,
        lastState: ended,
      },
    ],
  });
  const job = pod("setup", false, { phase: "Succeeded" });
  const { summary, table, problems } = describePods([crashing, pod("kafka-0", true), job], now);
  assert.equal(summary, "1 of 2 ready");
  assert.deepEqual(table?.rows, [
    ["kafka-0", "1/1", "0", "3h", "Running"],
    ["kafka-1", "0/1", "4 (30s ago)", "3h", "CrashLoopBackOff"],
  ]);
  assert.deepEqual(problems, ["pod kafka-1 is not ready: CrashLoopBackOff"]);
  assert.match(describePods([], now).problems?.[0] ?? "", /no pods/);
});

test("a time is told in its largest unit", () => {
  const times = [-1, 59_000, 180_000, 7_200_000, 3 * 86_400_000].map(duration);
  assert.deepEqual(times, ["0s", "59s", "3m", "2h", "3d"]);
});

test("versions are the images' tags, each once, without the registry", () => {
  const { summary } = describeVersions([pod("a", true), pod("b", true)], "1.35.4");
  assert.equal(summary, "Kubernetes 1.35.4, kafka 4.3.1");
});

test("a disk that is 85 % full is a problem, a volume is shown once, and one of another namespace is not", () => {
  const bytes = (capacityBytes: number, availableBytes: number) => ({
    capacityBytes,
    availableBytes,
  });
  const volume = (name: string, namespace: string, gib: number) => ({
    ...bytes(10 * 2 ** 30, gib * 2 ** 30),
    pvcRef: { name, namespace },
  });
  const node = {
    node: { nodeName: "one", fs: bytes(100, 50) },
    pods: [
      { volume: [volume("full", "analytics", 1.5), volume("half", "analytics", 5)] },
      { volume: [volume("half", "analytics", 5), volume("strange", "other", 0), {}] },
    ],
  };
  const { summary, table, problems } = describeDisks("analytics", ["full", "half", "nfs"], [node]);
  assert.equal(summary, "1 volume not told of");
  assert.deepEqual(table?.rows, [
    ["node one", "0.0 GiB", "0.0 GiB", "50 %"],
    ["volume full", "1.5 GiB", "10.0 GiB", "85 %"],
    ["volume half", "5.0 GiB", "10.0 GiB", "50 %"],
  ]);
  assert.deepEqual(problems, ["volume full is 85 % full"]);
});

test("slots that are used up are a problem once a task waits for one", () => {
  const usedUp = { currentClusterCapacity: 2, usedClusterCapacity: 2 };
  assert.deepEqual(describeSlots(usedUp, []).problems, []);
  assert.match(
    describeSlots(usedUp, ["index_kafka_demo"]).problems?.[0] ?? "",
    /and 1 task waiting: worker\.capacity/,
  );
  assert.match(describeSlots({ currentClusterCapacity: -1 }, []).summary ?? "", /can't tell/);
});

test("an alert that fires is a problem, and a pending one is shown", () => {
  const labels = { alertname: "StreamStandsStill", stream: "demo" };
  const firing = { state: "firing", labels, annotations: { summary: "demo stands still" } };
  const pending = { state: "pending", labels: { alertname: "DiskFull" }, annotations: {} };
  assert.deepEqual(describeAlerts([firing, pending]), {
    summary: "1 fires; pending: DiskFull",
    problems: ["StreamStandsStill (demo) fires: demo stands still"],
  });
  assert.deepEqual(describeAlerts([]), { summary: "none fire", problems: [] });
});

test("of a stream that is half known, the other half is shown", () => {
  const totals = { processed: 10, processedWithError: 1, unparseable: 2, thrownAway: 0 };
  const { summary, table, notes, problems } = describeStreams([
    {
      state: {
        stream: "demo",
        state: "RUNNING",
        eventsPerSecond: 0.8,
        lag: 1_200,
        freshnessMs: 4_000,
        totals,
        problems: [],
      },
      reasons: ["2 × no JSON in it"],
    },
    {
      state: { stream: "orders", eventsPerSecond: 3, problems: ["Druid: no ready pod"] },
      reasons: [],
    },
    { state: { stream: "empty", state: "RUNNING", lag: 0, problems: [] }, reasons: [] },
  ]);
  assert.equal(summary, "2 of 3 well");
  assert.deepEqual(table?.rows, [
    ["demo", "RUNNING", "0.8", "1,200", "4s ago", "3"],
    ["orders", "?", "3.0", "?", "?", "?"],
    ["empty", "RUNNING", "?", "0", "none", "?"],
  ]);
  assert.deepEqual(notes, ["malformed in demo: 2 × no JSON in it"]);
  assert.deepEqual(problems, ["stream orders: Druid: no ready pod"]);
});
