import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";

const hash = "sha512";
const bytes = 64;
const hmac = (key: Buffer, text: string) => createHmac(hash, key).update(text).digest();
/** GS2 header of a client that binds no channel, as `n,,` and as base64. */
const noBinding = { text: "n,,", encoded: "biws" };

/** The client's side of a login by SCRAM-SHA-512 (RFC 5802). Each login takes another one. */
export class ScramClient {
  private readonly nonce = randomBytes(24).toString("base64");
  private serverSignature = Buffer.alloc(0);

  constructor(
    private readonly username: string,
    private readonly password: string,
  ) {}

  first(): string {
    return `${noBinding.text}${this.firstBare()}`;
  }

  /** @throws Error where the challenge is not the answer to this client */
  final(challenge: string): string {
    const [, nonce = "", salt = "", iterations = ""] =
      /^r=([^,]+),s=([^,]+),i=(\d+)/.exec(challenge) ?? [];
    if (!nonce.startsWith(this.nonce)) throw new Error("Kafka's challenge is none of SCRAM");
    const bare = `c=${noBinding.encoded},r=${nonce}`;
    const message = [this.firstBare(), challenge, bare].join(",");
    const salted = pbkdf2Sync(
      this.password,
      Buffer.from(salt, "base64"),
      Number(iterations),
      bytes,
      hash,
    );
    this.serverSignature = hmac(hmac(salted, "Server Key"), message);
    const clientKey = hmac(salted, "Client Key");
    const signature = hmac(createHash(hash).update(clientKey).digest(), message);
    const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0));
    return `${bare},p=${Buffer.from(proof).toString("base64")}`;
  }

  /** @throws Error where the server does not know the password itself */
  verify(answer: string): void {
    const signature = Buffer.from(/^v=([^,]+)/.exec(answer)?.[1] ?? "", "base64");
    const isSame =
      signature.length === this.serverSignature.length &&
      timingSafeEqual(signature, this.serverSignature);
    if (!isSame) throw new Error("Kafka does not prove that it knows the password");
  }

  private firstBare(): string {
    const name = this.username.replaceAll("=", "=3D").replaceAll(",", "=2C");
    return `n=${name},r=${this.nonce}`;
  }
}
