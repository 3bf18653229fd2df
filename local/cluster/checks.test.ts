import assert from "node:assert/strict";
import { test } from "node:test";
import { atLeast } from "../go";
import { describeProblems, overlappingRoutes } from "./checks";
import { conflicting, parseListeners } from "./listeners";

test("all problems are listed at once, with the way out", () => {
  const text = describeProblems([
    { what: "it runs as user id 1000, not as root", remedy: "use sudo" },
    { what: "there is no Go on the PATH", remedy: "install it" },
  ]);
  assert.match(text, /^The embedded cluster can't start on this machine\. Nothing was changed\.\n/);
  assert.match(text, / {2}- it runs as user id 1000, not as root: use sudo\n/);
  assert.match(text, / {2}- there is no Go on the PATH: install it\n/);
  assert.match(text, /`kind create cluster`, then `STACK=dev make up`/);
});

test("versions of Go compare by number", () => {
  assert.equal(atLeast("1.26.8", "1.25"), true);
  assert.equal(atLeast("1.25", "1.25"), true);
  assert.equal(atLeast("1.25.0", "1.25"), true);
  assert.equal(atLeast("1.9", "1.25"), false);
  assert.equal(atLeast("1.24.11", "1.25"), false);
});

test("a port is taken by a wildcard or by the same address, not by another one", () => {
  const all = parseListeners(`
LISTEN 0      4096    127.0.0.1:5005  0.0.0.0:* users:(("docker-registry",pid=12206,fd=3))
LISTEN 0      128     0.0.0.0%eth0:10250 0.0.0.0:*
LISTEN 0      511     [::ffff:127.0.0.1]:8080  *:*    users:(("java",pid=7,fd=4),("java",pid=8,fd=4))
LISTEN 0      128     *:22  *:*
LISTEN 0      128     [::]:23  [::]:*
`);
  assert.deepEqual(all, [
    { address: "127.0.0.1", port: 5005, pid: 12206 },
    { address: "0.0.0.0", port: 10250 },
    { address: "127.0.0.1", port: 8080, pid: 7 },
    { address: "*", port: 22 },
    { address: "::", port: 23 },
  ]);
  assert.equal(conflicting(all, "127.0.0.1", 5005).length, 1);
  assert.equal(conflicting(all, "10.250.0.1", 5005).length, 0);
  for (const port of [10250, 22, 23]) assert.equal(conflicting(all, "10.250.0.1", port).length, 1);
});

test("routes that share the cluster's addresses are found, to pods of another cluster too", () => {
  const routes = `default via 192.0.2.1 dev eth0
10.0.0.0/8 via 192.0.2.9 dev tun0
10.244.0.3 dev veth1234 scope host
192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.5
local 10.250.0.1 dev realtime0 table local proto kernel scope host src 10.250.0.1
local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1
10.96.5.0/24 dev wg0 scope link
fe80::/64 dev eth0 proto kernel metric 256`;
  assert.deepEqual(overlappingRoutes(routes), [
    "10.0.0.0/8 via 192.0.2.9 dev tun0",
    "10.244.0.3 dev veth1234 scope host",
    "10.96.5.0/24 dev wg0 scope link",
  ]);
});
