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
  const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:138D 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1
   1: 00000000:280A 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1
   2: 0100007F:138E 0100007F:C000 01 00000000:00000000 00:00000000 00000000     0        0 333 1
`;
  const all = parseListeners(text);
  assert.deepEqual(all, [
    { address: "127.0.0.1", port: 5005, inode: "111" },
    { address: "0.0.0.0", port: 10250, inode: "222" },
  ]);
  assert.equal(conflicting(all, "127.0.0.1", 5005).length, 1);
  assert.equal(conflicting(all, "10.250.0.1", 5005).length, 0);
  assert.equal(conflicting(all, "10.250.0.1", 10250).length, 1);
});

test("IPv6 sockets are read: wildcard, and IPv4 addresses mapped into it", () => {
  const line = (address: string) =>
    `   0: ${address}:1F90 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 9 1\n`;
  assert.equal(parseListeners(line("0".repeat(32)))[0]?.address, "::");
  assert.equal(parseListeners(line("0000000000000000FFFF00000100007F"))[0]?.address, "127.0.0.1");
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
