/** Lines of runtime.properties. */
export type Properties = Readonly<Record<string, string | number | boolean>>;

/** Environment variables that secrets are read from. */
export const environmentNames = {
  databasePassword: "DRUID_METADATA_PASSWORD",
  internalPassword: "DRUID_INTERNAL_PASSWORD",
  s3AccessKeyId: "DRUID_S3_ACCESS_KEY_ID",
  s3SecretAccessKey: "DRUID_S3_SECRET_ACCESS_KEY",
} as const;

/** Druid's environment password provider. */
export function fromEnvironment(variable: string): string {
  return JSON.stringify({ type: "environment", variable });
}
