import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import * as tls from "node:tls";
import { revive } from "../testing/revive";
import { type AuthorityOutputs, authorityProvider } from "./authority";
import { type CertificateOutputs, certificateProvider } from "./certificate";
import { isDue } from "./validity";
import { type KeyPair, makeAuthority, makeCertificate } from "./x509";

const dnsNames = ["kafka", "localhost", "*.kafka-headless.analytics.svc.cluster.local"];
let authority: KeyPair;
let server: KeyPair;

before(async () => {
  authority = await makeAuthority("project/stack", 3650);
  server = await makeCertificate(authority, { commonName: "kafka", dnsNames, validDays: 365 });
});

let listening: tls.Server | undefined;
after(() => listening?.close());

/** What a client's handshake ends with: the server's view of the client's name, or the error of either side. */
async function handshake(ca: string, client?: KeyPair, servername = "localhost"): Promise<string> {
  listening?.close();
  listening = tls.createServer({
    cert: server.certificate,
    key: server.privateKey,
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: true,
  });
  listening.on("secureConnection", (socket) => {
    socket.end(String(socket.getPeerCertificate().subject.CN));
  });
  listening.listen(0, "127.0.0.1");
  await once(listening, "listening");
  const { port } = listening.address() as AddressInfo;
  const identity = client && { cert: client.certificate, key: client.privateKey };
  const socket = tls.connect({ host: "127.0.0.1", port, ca, servername, ...identity });
  let said = "closed";
  socket.on("data", (data) => {
    said = String(data);
  });
  socket.on("error", (error) => {
    said = "code" in error ? String(error.code) : error.message;
  });
  await new Promise((resolve) => socket.once("close", resolve));
  return said;
}

test("both ends of a connection know each other by the authority, and each refuses another's", async () => {
  const client = await makeCertificate(authority, { commonName: "administrator", validDays: 365 });
  assert.equal(await handshake(authority.certificate, client), "administrator");
  assert.equal(
    await handshake(
      authority.certificate,
      client,
      "kafka-2.kafka-headless.analytics.svc.cluster.local",
    ),
    "administrator",
  );
  assert.equal(
    await handshake(authority.certificate, client, "elsewhere"),
    "ERR_TLS_CERT_ALTNAME_INVALID",
  );
  const other = await makeAuthority("project/other", 3650);
  assert.match(await handshake(other.certificate, client), /UNABLE_TO_VERIFY|SELF_SIGNED/);
  const stranger = await makeCertificate(other, { commonName: "administrator", validDays: 365 });
  assert.match(await handshake(authority.certificate, stranger), /closed|ALERT|ECONNRESET/);
  assert.match(await handshake(authority.certificate), /closed|ALERT|ECONNRESET/);
});

test("a renewed authority trusts what the old one signed, and the other way round", async () => {
  const renewed = await makeAuthority("project/stack", 3650, authority);
  assert.notEqual(renewed.certificate, authority.certificate);
  const client = await makeCertificate(renewed, { commonName: "new", validDays: 365 });
  assert.equal(await handshake(authority.certificate, client), "new");
  assert.equal(await handshake(renewed.certificate, client), "new");
});

test("a certificate is due when less than a third of its time is left", () => {
  const { validFromDate, validToDate } = new X509Certificate(server.certificate);
  const at = (part: number) =>
    validFromDate.getTime() + part * (validToDate.getTime() - validFromDate.getTime());
  assert.equal(isDue(server.certificate, at(0.66)), false);
  assert.equal(isDue(server.certificate, at(0.67)), true);
});

test("a certificate stays as it is until it is due, or its names, generation or authority change", async () => {
  const provider = await revive(certificateProvider);
  const inputs = { authority, commonName: "kafka", dnsNames, generation: 1 };
  const { outs } = await provider.create(inputs);
  const made = outs as CertificateOutputs;
  assert.equal(
    new X509Certificate(made.certificate).subjectAltName,
    `DNS:${dnsNames.join(", DNS:")}`,
  );
  assert.equal((await provider.diff("", made, inputs)).changes, false);
  const again = await provider.update("", made, { ...inputs, __provider: "newer" });
  assert.equal((again.outs as CertificateOutputs).certificate, made.certificate);
  const short = await makeCertificate(authority, { commonName: "kafka", validDays: 0.01 });
  for (const [olds, news] of [
    [made, { ...inputs, generation: 2 }],
    [made, { ...inputs, dnsNames: ["other"] }],
    [made, { ...inputs, authority: await makeAuthority("project/stack", 3650) }],
    [{ ...made, ...short }, inputs],
  ] as const) {
    assert.equal((await provider.diff("", olds, news)).changes, true);
    const { outs: renewed } = await provider.update("", olds, news);
    assert.notEqual((renewed as CertificateOutputs).privateKey, olds.privateKey);
    assert.ok(
      new X509Certificate((renewed as CertificateOutputs).certificate).verify(
        new X509Certificate(news.authority.certificate).publicKey,
      ),
    );
  }
});

test("an authority that is due is renewed with its key, and another name is another authority", async () => {
  const provider = await revive(authorityProvider);
  const inputs = { commonName: "project/stack" };
  const made: AuthorityOutputs = { ...inputs, ...authority };
  assert.deepEqual(await provider.diff("", made, inputs), { changes: false, replaces: [] });
  const other = await provider.diff("", made, { commonName: "project/other" });
  assert.deepEqual(other, { changes: true, replaces: ["commonName"] });
  const due = { ...inputs, ...(await makeAuthority(inputs.commonName, 0.01)) };
  assert.equal((await provider.diff("", due, inputs)).changes, true);
  const { outs } = await provider.update("", due, inputs);
  const renewed = outs as AuthorityOutputs;
  assert.equal(renewed.privateKey, due.privateKey);
  assert.equal(isDue(renewed.certificate), false);
});
