import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";

/** Encrypts single values as `v1:<nonce>:<ciphertext and tag>`, all base64. */
export interface Crypter {
  /** `v1:<salt>:<encrypted "pulumi">`: what the state and the stack config call the salt. */
  readonly salt: string;
  encrypt(plaintext: string): string;
  /** Throws when the value was made with another key, or is damaged. */
  decrypt(ciphertext: string): string;
}

// The figures of Pulumi's passphrase secrets provider (sdk/go/common/resource/config/crypt.go).
const iterations = 1_000_000;
const keyBytes = 32;
const saltBytes = 8;
const nonceBytes = 12;
const tagBytes = 16;
const proof = "pulumi";

const deriveKey = promisify(pbkdf2);

/** A crypter with a new random salt. */
export async function createCrypter(passphrase: string): Promise<Crypter> {
  const salt = randomBytes(saltBytes);
  const key = await deriveKey(passphrase, salt, iterations, keyBytes, "sha256");
  return crypterOf(key, `v1:${salt.toString("base64")}:${encryptWith(key, proof)}`);
}

/**
 * The crypter that `salt` was made with. `origin` says where the salt stands, for the message when
 * the passphrase is not the one that it was made with.
 */
export async function openCrypter(
  passphrase: string,
  salt: string,
  origin: string,
): Promise<Crypter> {
  const [version, encodedSalt, ...sealed] = salt.split(":");
  if (version !== "v1" || !encodedSalt || sealed.length === 0) {
    throw new Error(`${origin}: the encryption salt is not of the form v1:<salt>:<check>`);
  }
  const key = await deriveKey(
    passphrase,
    Buffer.from(encodedSalt, "base64"),
    iterations,
    keyBytes,
    "sha256",
  );
  let opened: string | undefined;
  try {
    opened = decryptWith(key, sealed.join(":"));
  } catch {
    // A wrong key shows as an authentication failure, which the next line reports.
  }
  if (opened !== proof) {
    throw new Error(
      `${origin}: the passphrase is not the one that its secrets were encrypted with. ` +
        "Set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the right one.",
    );
  }
  return crypterOf(key, salt);
}

function crypterOf(key: Buffer, salt: string): Crypter {
  return {
    salt,
    encrypt: (plaintext) => encryptWith(key, plaintext),
    decrypt: (ciphertext) => decryptWith(key, ciphertext),
  };
}

function encryptWith(key: Buffer, plaintext: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = Buffer.concat([
    cipher.update(plaintext, "utf8"),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
}

function decryptWith(key: Buffer, ciphertext: string): string {
  const [version, nonce = "", sealed = ""] = ciphertext.split(":");
  if (version !== "v1") throw new Error("an encrypted value is not of the form v1:<nonce>:<value>");
  const bytes = Buffer.from(sealed, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"), {
    authTagLength: tagBytes,
  });
  decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
  return Buffer.concat([
    decipher.update(bytes.subarray(0, bytes.length - tagBytes)),
    decipher.final(),
  ]).toString("utf8");
}
