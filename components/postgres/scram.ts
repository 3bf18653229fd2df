import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

/** PostgreSQL's own number, scram_iterations. What is hashed has over 128 bits. */
const iterations = 4096;

/**
 * What PostgreSQL stores of a password (RFC 5803, as in pg_authid.rolpassword), so that the password itself is in no statement, which a
 * log or a view of the server's could show. The salt comes from role and password: the same password gives the same text in each run.
 */
export function scramVerifier(role: string, password: string): string {
  const salt = createHmac("sha256", password).update(`salt of ${role}`).digest().subarray(0, 16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  const storedKey = createHash("sha256").update(clientKey).digest("base64");
  const serverKey = createHmac("sha256", salted).update("Server Key").digest("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}
