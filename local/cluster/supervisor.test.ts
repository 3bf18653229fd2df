import assert from "node:assert/strict";
import { test } from "node:test";
import { cgroupDriver, mountsUnder } from "./host";
import { parseStatus, renderSupervisor } from "./supervisor";

const programs = [
  { name: "one", command: ["one", "--config=/etc/one.yaml"], priority: 10 },
  { name: "two", command: ["two", "--format=%h"], priority: 20 },
];

test("a program's section changes with the text of its own config file, and only then", () => {
  const section = (text: string, name: string) =>
    text.split("\n[").find((part) => part.startsWith(`program:${name}]`));
  const before = renderSupervisor(programs, { "one.yaml": "a: 1" });
  const after = renderSupervisor(programs, { "one.yaml": "a: 2" });
  assert.notEqual(section(before, "one"), section(after, "one"));
  assert.equal(section(before, "two"), section(after, "two"));
});

test("a percent sign, which supervisord would interpolate, is doubled", () => {
  assert.match(renderSupervisor(programs, {}), /^command=two --format=%%h$/m);
});

test("every program is restarted when it ends, and logs into a file of its own", () => {
  const text = renderSupervisor(programs, {});
  assert.equal(text.match(/^autorestart=true$/gm)?.length, 2);
  assert.match(text, /^stdout_logfile=\S+\/logs\/one\.log$/m);
  assert.match(text, /^chmod=0600$/m);
});

test("the states of programs are read from supervisorctl's table", () => {
  const text = `etcd                             RUNNING   pid 6873, uptime 0:02:09
kube-apiserver                   STARTING  
kubelet                          FATAL     Exited too quickly (process log may have details)
`;
  assert.deepEqual(parseStatus(text), [
    { name: "etcd", state: "RUNNING", detail: "pid 6873, uptime 0:02:09" },
    { name: "kube-apiserver", state: "STARTING", detail: "" },
    {
      name: "kubelet",
      state: "FATAL",
      detail: "Exited too quickly (process log may have details)",
    },
  ]);
});

test("mounts under a folder are found, the last mounted first", async () => {
  const under = "/state/cluster/kubelet/pods/a";
  const all = Promise.resolve(`/\n${under}\n${under}/in side\n/state/cluster-of-another\n`);
  assert.deepEqual(await mountsUnder("/state/cluster", all), [`${under}/in side`, under]);
  assert.ok((await mountsUnder("")).includes("/proc"));
});

test("the cgroup driver is systemd's where systemd owns the unified hierarchy, not in the hybrid layout", () => {
  const [unified, hybrid] = [0x63677270, 0x01021994]; // cgroup2, tmpfs
  assert.equal(cgroupDriver(hybrid, true), "cgroupfs");
  assert.equal(cgroupDriver(unified, true), "systemd");
  assert.equal(cgroupDriver(unified, false), "cgroupfs");
});
