import { z } from "zod";
import { type Permission, setUser } from "../../resources/druid/users";
import type { StackOutputs } from "../../verify/outputs";
import { askDruid } from "./own-stack";
import { withService } from "./stack";

const properties = z.object({ "druid.auth.authenticatorChain": z.string() });

/** Name of the store of Druid's users. */
export async function userStore(url: string): Promise<string> {
  const { "druid.auth.authenticatorChain": chain } = properties.parse(
    await askDruid(url, "/status/properties"),
  );
  const [store = ""] = z.array(z.string()).parse(JSON.parse(chain));
  return store;
}

const queries: readonly Permission[] = [{ type: "DATASOURCE", name: ".*", action: "READ" }];

/**
 * Makes a user of Druid, as a person would.
 *
 * @param permissions Default: to query all tables
 */
export async function addDruidUser(
  outputs: StackOutputs,
  name: string,
  password: string,
  permissions = queries,
): Promise<void> {
  await withService(outputs, "druid", async (url) => {
    await setUser(url, await userStore(url), { name, password, permissions });
  });
}
