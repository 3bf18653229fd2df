import { allStates, namespacesOf, readState } from "./state";

/** Says what the states of stacks hold, as `make down` asks. States in files need no CLI. */
async function main([command, ...named]: string[]): Promise<void> {
  const path = process.env.PULUMI ?? "";
  const found = await Promise.all(
    named.map((stack) => readState({ path, stack, env: process.env, configFile: undefined })),
  );
  const states =
    named.length > 0 ? found.filter((state) => state !== undefined) : allStates(process.env);
  if (command === "resources") {
    console.log(states.reduce((sum, { resources }) => sum + resources.length, 0));
  } else if (command === "namespaces") {
    for (const line of states.flatMap((state) => [...namespacesOf(state)])) {
      console.log(line.join(" "));
    }
  } else {
    throw new Error("usage: scripts/cli/inspect.ts resources|namespaces [STACK…]");
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
