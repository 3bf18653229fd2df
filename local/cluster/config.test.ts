import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { renderConfig } from "./config";
import { imagePrograms, kubernetesPrograms } from "./programs";

const files = renderConfig("cgroupfs", "example/pause:1");
const kubelet = parse(files["kubelet.yaml"] ?? "");

test("every program binds to loopback or to the node's own address", () => {
  const commands = [...imagePrograms("cgroupfs"), ...kubernetesPrograms("/k8s", "/router")];
  const text = commands.map(({ command }) => command.join(" ")).join("\n");
  const configs = Object.values(files).join("\n");
  for (const [address] of `${text}\n${configs}`.matchAll(/\b0\.0\.0\.0(?!\/0)|\[::\]/g)) {
    assert.fail(`${address} is bound`);
  }
  assert.match(text, /kube-apiserver --bind-address=10\.250\.0\.1 /);
  assert.match(text, /kube-controller-manager --bind-address=127\.0\.0\.1 /);
  assert.match(text, /kube-scheduler --bind-address=127\.0\.0\.1 /);
  // On a port it would listen on all interfaces; as a router or a proxy, too.
  const off = "--run-router=false --run-service-proxy=false --run-loadbalancer=false";
  assert.ok(text.includes(`/router --kubeconfig=`) && text.includes(` ${off} `));
  assert.match(text, / --health-port=0 --metrics-port=0 /);
  assert.match(text, /dockerd --host=unix:\/\/\S+\/run\/docker\.sock /);
  assert.equal(kubelet.address, "10.250.0.1");
  assert.equal(kubelet.healthzBindAddress, "127.0.0.1");
  assert.equal(kubelet.readOnlyPort, 0);
  const proxy = parse(files["kube-proxy.yaml"] ?? "");
  assert.equal(proxy.healthzBindAddress, "127.0.0.1:10256");
  assert.equal(proxy.metricsBindAddress, "127.0.0.1:10249");
  assert.deepEqual(proxy.nodePortAddresses, ["10.250.0.1/32"]);
  assert.equal(parse(files["registry.yaml"] ?? "").http.addr, "127.0.0.1:5005");
});

test("kubelet, containerd and Docker share the cgroup driver", () => {
  for (const driver of ["cgroupfs", "systemd"] as const) {
    const files = renderConfig(driver, "example/pause:1");
    assert.equal(parse(files["kubelet.yaml"] ?? "").cgroupDriver, driver);
    const containerd = files["containerd.toml"] ?? "";
    assert.ok(containerd.includes(`SystemdCgroup = ${driver === "systemd"}\n`));
    const docker = imagePrograms(driver).find(({ name }) => name === "docker");
    assert.ok(docker?.command.includes(`--exec-opt=native.cgroupdriver=${driver}`));
  }
});

test("anonymous requests are refused by the API server and the kubelet", () => {
  const apiServer = kubernetesPrograms("k", "r").find(({ name }) => name === "kube-apiserver");
  assert.ok(apiServer?.command.includes("--anonymous-auth=false"));
  assert.ok(apiServer?.command.includes("--authorization-mode=Node,RBAC"));
  assert.deepEqual(kubelet.authentication.anonymous, { enabled: false });
  assert.equal(kubelet.authorization.mode, "Webhook");
});

test("a disk that is nearly full neither evicts pods nor removes imported images", () => {
  assert.equal(kubelet.imageGCHighThresholdPercent, 100);
  assert.equal(kubelet.evictionHard["nodefs.available"], "1Gi");
  assert.equal(kubelet.evictionHard["imagefs.available"], "1Gi");
});
