import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

export interface RandomSecretArgs {
  /** Letters and digits, each near 6 bits: they need no quoting in SQL, a URL or a shell. */
  length: number;
  /** Counted up, each secret is made anew. The first generation's resources have no number in their names. */
  generation: number;
}

/** A key with the one before it, by which what that one encrypted can be read still. */
export interface Key {
  current: pulumi.Input<string>;
  /** Undefined in the first generation. */
  previous?: pulumi.Input<string>;
}

/**
 * A secret of the stack's own making. Each generation's is a resource of its own: Pulumi makes the next before it changes
 * what uses it, and forgets the last when all of that has succeeded.
 */
export function createPassword(
  name: string,
  { length, generation }: RandomSecretArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const resource = generation === 1 ? name : `${name}-${generation}`;
  return new random.RandomPassword(resource, { length, special: false }, { parent }).result;
}

/** The key of this generation and of the one before, which stays in the state until the next. */
export function createKey(name: string, args: RandomSecretArgs, parent: pulumi.Resource): Key {
  const { generation } = args;
  return {
    current: createPassword(name, args, parent),
    ...(generation > 1 && {
      previous: createPassword(name, { ...args, generation: generation - 1 }, parent),
    }),
  };
}
