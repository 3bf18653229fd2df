/**
 * People reach Superset by its Ingress: in a browser, by HTTPS, through a proxy in the namespace of the Ingress controller. The
 * proxy does what the Ingress says; nobody else outside of the stack's namespace is let in.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { StackOutputs } from "../../verify/outputs";
import { visitDashboard } from "../support/dashboard-browser";
import { EditedFile } from "../support/edited-file";
import { networkingApi } from "../support/kubernetes";
import {
  accepted,
  everyPair,
  type Outsider,
  portOf,
  runningPods,
  standUpOutsider,
  standUpStranger,
} from "../support/network";
import { mustMake, readOutputs, standUp } from "../support/stack";

const host = "charts.example.com";
const controllerNamespace = "test-ingress-controller";
const proxyPort = 8443;
const supersetValues = new EditedFile("charts-values/superset.local.yaml");

/** Ends TLS, and says so to the backend, as Ingress controllers do. */
const proxyProgram = `
const { BACKEND, PORT, HOST, CERT, KEY } = process.env;
require("node:https").createServer({ cert: CERT, key: KEY }, (request, response) => {
  const asked = request.headers.host ?? "";
  if (asked.split(":")[0] !== HOST) return response.writeHead(404).end();
  const forwarded = {
    "x-forwarded-proto": "https",
    "x-forwarded-host": asked,
    "x-forwarded-for": request.socket.remoteAddress,
  };
  const { method, url, headers } = request;
  const options = { host: BACKEND, port: PORT, path: url, method, headers: { ...headers, ...forwarded } };
  const backend = require("node:http").request(options, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  backend.on("error", (error) => response.writeHead(502).end(String(error)));
  request.pipe(backend);
}).listen(${proxyPort});
`;

let outputs: StackOutputs;
const outsiders: Outsider[] = [];

before(async () => {
  await standUp();
  supersetValues.write(
    `${supersetValues.original.trimEnd()}\nhttps: true\ningress:\n  enabled: true\n  host: ${host}\n` +
      `  controllerNamespace: ${controllerNamespace}\n`,
  );
  await mustMake("up");
  outputs = await readOutputs();
});
after(async () => {
  supersetValues.putBack();
  for (const { remove } of outsiders) await remove();
});

/** A certificate for the host, which it has signed itself. */
function certificate(): { CERT: string; KEY: string } {
  const folder = mkdtempSync(join(tmpdir(), "certificate-"));
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  try {
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", `/CN=${host}`],
        ...["-addext", `subjectAltName=DNS:${host}`, "-out", cert, "-keyout", key],
      ],
      { stdio: "ignore" },
    );
    return { CERT: readFileSync(cert, "utf8"), KEY: readFileSync(key, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the outputs tell the address, and the Ingress leads to Superset's Service", async () => {
  assert.deepEqual(outputs.urls, { superset: `https://${host}` });
  const { namespace } = outputs;
  const ingress = await (await networkingApi()).readNamespacedIngress({
    namespace,
    name: "superset",
  });
  const [tls] = ingress.spec?.tls ?? [];
  assert.deepEqual([tls?.hosts, tls?.secretName], [[host], "superset-tls"]);
  const [rule] = ingress.spec?.rules ?? [];
  const backend = rule?.http?.paths[0]?.backend.service;
  assert.deepEqual(
    [rule?.host, backend?.name, backend?.port?.name],
    [host, outputs.services.superset.service, "http"],
  );
});

test("a browser logs in by HTTPS through the controller's namespace, and sees each chart", async () => {
  const { service, port } = outputs.services.superset;
  const proxy = await standUpOutsider({ name: controllerNamespace }, proxyProgram, proxyPort, {
    ...certificate(),
    BACKEND: `${service}.${outputs.namespace}.svc.cluster.local`,
    PORT: String(port),
    HOST: host,
  });
  outsiders.push(proxy);
  const view = await visitDashboard({
    url: `https://${host}:${proxyPort}`,
    address: proxy.port.host,
    username: outputs.supersetUsername,
    password: outputs.supersetPassword,
    slug: outputs.pipelines.demo?.dashboard ?? "",
    charts: ["Percent", "Total Row"],
  });
  assert.deepEqual(
    view.charts.map(({ state }) => state),
    ["drawn", "drawn"],
    JSON.stringify(view),
  );
});

test("a stranger's namespace reaches neither Superset nor what else the stack has", async () => {
  const stranger = await standUpStranger();
  outsiders.push(stranger);
  const pods = await runningPods(outputs.namespace);
  const named = (name: string) =>
    pods.filter(({ metadata }) => metadata?.labels?.["app.kubernetes.io/name"] === name);
  const web = named("superset").map((pod) => portOf(pod, outputs.services.superset.port));
  const kafka = named("kafka").map((pod) => portOf(pod, outputs.services.kafka.port));
  const [proxy] = outsiders;
  assert.ok(proxy && web.length > 0 && kafka.length > 0);
  const from = [proxy.pod, stranger.pod];
  assert.deepEqual(await accepted(from, [...web, ...kafka]), everyPair([proxy.pod], web));
});
