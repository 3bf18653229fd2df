import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { renderConfig } from "./config";
import type { Host } from "./host";
import { imagePrograms, kubernetesPrograms } from "./programs";

const host: Host = { cgroupVersion: 1, systemd: false };

function render(on: Host): Record<string, string> {
  return renderConfig({ host: on, pauseImage: "example/pause:1" });
}

test("every program binds to loopback or to the node's own address", () => {
  const commands = [...imagePrograms(host), ...kubernetesPrograms("/bin/kubernetes")];
  const text = commands.map(({ command }) => command.join(" ")).join("\n");
  const configs = Object.values(render(host)).join("\n");
  for (const [address] of `${text}\n${configs}`.matchAll(/\b0\.0\.0\.0(?!\/0)|\[::\]/g)) {
    assert.fail(`${address} is bound`);
  }
  assert.match(text, /kube-apiserver --bind-address=10\.250\.0\.1 /);
  assert.match(text, /kube-controller-manager --bind-address=127\.0\.0\.1 /);
  assert.match(text, /kube-scheduler --bind-address=127\.0\.0\.1 /);
  assert.match(text, /dockerd --host=unix:\/\/\S+\/run\/docker\.sock /);
  const kubelet = parse(render(host)["kubelet.yaml"] ?? "");
  assert.equal(kubelet.address, "10.250.0.1");
  assert.equal(kubelet.healthzBindAddress, "127.0.0.1");
  assert.equal(kubelet.readOnlyPort, 0);
  const proxy = parse(render(host)["kube-proxy.yaml"] ?? "");
  assert.equal(proxy.healthzBindAddress, "127.0.0.1:10256");
  assert.equal(proxy.metricsBindAddress, "127.0.0.1:10249");
  assert.deepEqual(proxy.nodePortAddresses, ["10.250.0.1/32"]);
  assert.equal(parse(render(host)["registry.yaml"] ?? "").http.addr, "127.0.0.1:5005");
});

test("kubelet, containerd and Docker share the cgroup driver that the machine calls for", () => {
  for (const [on, driver] of [
    [{ cgroupVersion: 1, systemd: false }, "cgroupfs"],
    [{ cgroupVersion: 1, systemd: true }, "cgroupfs"],
    [{ cgroupVersion: 2, systemd: false }, "cgroupfs"],
    [{ cgroupVersion: 2, systemd: true }, "systemd"],
  ] as const) {
    const files = render(on);
    assert.equal(parse(files["kubelet.yaml"] ?? "").cgroupDriver, driver);
    const containerd = files["containerd.toml"] ?? "";
    assert.ok(containerd.includes(`SystemdCgroup = ${driver === "systemd"}\n`));
    const docker = imagePrograms(on).find(({ name }) => name === "docker");
    assert.ok(docker?.command.includes(`--exec-opt=native.cgroupdriver=${driver}`));
  }
});

test("anonymous requests are refused by the API server and the kubelet", () => {
  const apiServer = kubernetesPrograms("k").find(({ name }) => name === "kube-apiserver");
  assert.ok(apiServer?.command.includes("--anonymous-auth=false"));
  assert.ok(apiServer?.command.includes("--authorization-mode=Node,RBAC"));
  const kubelet = parse(render(host)["kubelet.yaml"] ?? "");
  assert.deepEqual(kubelet.authentication.anonymous, { enabled: false });
  assert.equal(kubelet.authorization.mode, "Webhook");
});

test("a disk that is nearly full neither evicts pods nor removes imported images", () => {
  const kubelet = parse(render(host)["kubelet.yaml"] ?? "");
  assert.equal(kubelet.imageGCHighThresholdPercent, 100);
  assert.equal(kubelet.evictionHard["nodefs.available"], "1Gi");
  assert.equal(kubelet.evictionHard["imagefs.available"], "1Gi");
});
