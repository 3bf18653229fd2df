import { X509Certificate } from "node:crypto";
import { readPostgresUrl } from "./postgres-url";
import { z } from "./zod";

const name = () => z.string().min(1);
/** A certificate as PEM, or nothing. */
const pem = () =>
  z
    .string()
    .refine((text) => text === "" || isCertificate(text), {
      error: "must be an authority's certificate as PEM",
    })
    .default("");

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).ca;
  } catch {
    return false;
  }
}

/**
 * The stack's config keys, without the project's name before them. Pulumi.yaml has the same keys, types and defaults for the CLI;
 * a test compares the two.
 */
export const stackConfigSchema = z.strictObject({
  namespace: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, {
      error: "must be a DNS label: lower-case letters, digits and -, 63 at most",
    })
    .default("analytics"),
  clusterDomain: name().default("cluster.local"),
  valuesOverlay: z
    .string()
    .regex(/^[a-z0-9-]*$/, { error: "must be lower-case letters, digits and -" })
    .default(""),
  requireContext: z.boolean().default(false),
  preflight: z.enum(["refuse", "warn", "off"]).default("refuse"),
  storageClass: z.string().default(""),
  restrictEgress: z.boolean().default(false),
  readyTimeout: z
    .string()
    .regex(/^([0-9]+h)?([0-9]+m)?([0-9]+s)?$/, {
      error: "must be a time such as 10m or 90s",
    })
    .min(2)
    .default("10m"),
  dataOnDestroy: z.enum(["delete", "keep"]).default("delete"),
  deleteData: z
    .string()
    .regex(/^((topic|datasource)\/[\w.-]+(,(?=.)|$))*$/, {
      error: "must be topic/NAME or datasource/NAME, or several of these with commas between them",
    })
    .default(""),
  adopt: z.boolean().default(false),
  secretsGeneration: z.int().min(1).default(1),
  producerMode: z.enum(["standalone", "airflow", "both", "none"]).default("standalone"),
  operationsDashboard: z.boolean().default(false),
  producerIntervalMs: z
    .int()
    .refine((ms) => ms === 0 || (ms >= 10 && ms <= 86_400_000), {
      error: "must be 0, or 10 to 86400000",
    })
    .default(0),
  producerTimestampFormat: z
    .enum(["epoch-seconds", "epoch-milliseconds", "iso-8601"])
    .default("epoch-seconds"),
  producerLogLevel: z.enum(["debug", "info", "warn", "error"]).default("info"),
  supersetAdminUsername: name().default("admin"),
  supersetAdminEmail: z
    .string()
    .regex(/^[^@\s]+@[^@\s]+$/, { error: "must be an e-mail address" })
    .default("admin@localhost"),
  supersetSecretKey: z
    .string()
    .refine((key) => key === "" || key.length >= 42, { error: "must have 42 characters or more" })
    .default(""),
  supersetPreviousSecretKey: z.string().default(""),
  imageRegistry: z
    .string()
    .regex(/^([^\s/]+(\/[^\s/]+)*)?$/, {
      error: "must be host[:port][/path], without scheme or trailing /",
    })
    .default(""),
  imageRegistryUsername: z.string().default(""),
  imageRegistryPassword: z.string().default(""),
  kindCluster: z
    .string()
    .regex(/^[a-z0-9.-]*$/, { error: "must be lower-case letters, digits, . and -" })
    .default(""),
  imagePlatform: z
    .string()
    .regex(/^linux\/[a-z0-9]+(\/[a-z0-9]+)?$/, { error: "must be such as linux/amd64" })
    .default("linux/amd64"),
  postgresUrl: z
    .string()
    .refine((url) => url === "" || readPostgresUrl(url) !== undefined, {
      error:
        "must be postgresql://USER@HOST[:PORT][/DATABASE][?sslmode=disable|prefer|require|verify-ca|verify-full]",
    })
    .default(""),
  postgresAuthority: pem(),
  postgresPassword: z.string().default(""),
  kafkaPassword: z.string().default(""),
  druidS3AccessKeyId: z.string().default(""),
  druidS3SecretAccessKey: z.string().default(""),
});

/** Keys whose values are never printed, and must be set by `pulumi config set --secret`. */
export const secretKeys: readonly (keyof StackConfig)[] = [
  "supersetSecretKey",
  "supersetPreviousSecretKey",
  "imageRegistryPassword",
  "postgresPassword",
  "kafkaPassword",
  "druidS3AccessKeyId",
  "druidS3SecretAccessKey",
];

export type StackConfig = z.output<typeof stackConfigSchema>;
