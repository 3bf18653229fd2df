import { EditedFile } from "./edited-file";
import { testStack } from "./test-stack";

const stackFile = new EditedFile(`Pulumi.${testStack}.yaml`);

/**
 * What each stream that comes or goes brings with it: other tables for Superset's user and the exporter's, another list of the
 * data guard, and another exporter.
 */
export const listChanges = [
  "++ exporter-config",
  "-- exporter-config",
  "~ druid-user-exporter",
  "~ druid-user-superset",
  "~ exporter-metrics",
  "~ services-data-guard",
];

/** Lets the stack delete these with their data: `topic/NAME` or `datasource/NAME`. */
export function permitDeletion(...objects: readonly string[]): void {
  const entry = `deleteData: ${objects.join(",")}`;
  stackFile.write(`${stackFile.original.trimEnd()}\n  ${entry}\n`);
}

/** The stack must not keep the permission: it is refused once a stream declares one of the names. */
export function takeBackPermission(): void {
  stackFile.putBack();
}
