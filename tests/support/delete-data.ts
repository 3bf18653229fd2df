import { EditedFile } from "./edited-file";
import { testStack } from "./test-stack";

const stackFile = new EditedFile(`Pulumi.${testStack}.yaml`);

/** The change of the data guard's list, which each stream that comes or goes brings with it. */
export const guardChange = "~ services-data-guard";

/** Lets the stack delete these with their data: `topic/NAME` or `datasource/NAME`. */
export function permitDeletion(...objects: readonly string[]): void {
  const entry = `deleteData: ${objects.join(",")}`;
  stackFile.write(`${stackFile.original.trimEnd()}\n  ${entry}\n`);
}

/** The stack must not keep the permission: it is refused once a stream declares one of the names. */
export function takeBackPermission(): void {
  stackFile.putBack();
}
