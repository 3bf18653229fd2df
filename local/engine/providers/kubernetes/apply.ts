import type { OperationContext, PropertyMap } from "../../provider";
import { ApiError } from "./api-error";
import type { ApiClient } from "./client";

/** Applies the program's fields. `force` takes those of other managers over. */
export async function apply(
  client: ApiClient,
  path: string,
  inputs: PropertyMap,
  options: { fieldManager: string; force: boolean; dryRun: boolean },
): Promise<{ body: PropertyMap; warnings: string[] }> {
  try {
    return await client.request({
      method: "PATCH",
      path,
      // JSON is YAML.
      contentType: "application/apply-patch+yaml",
      query: {
        fieldManager: options.fieldManager,
        force: String(options.force),
        dryRun: options.dryRun ? "All" : undefined,
      },
      body: inputs,
    });
  } catch (error) {
    if (!(error instanceof ApiError) || !error.isConflict) throw error;
    throw new Error(
      `field manager "${options.fieldManager}" has an apply conflict: ${error.answer}. Another program owns these fields: leave them out of this one, or take them over with the annotation pulumi.com/patchForce: "true"`,
      { cause: error },
    );
  }
}

/** Says each of the server's warnings once. */
export function logWarnings(ctx: OperationContext, warnings: readonly string[]): void {
  for (const warning of warnings) ctx.log("warning", warning);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
