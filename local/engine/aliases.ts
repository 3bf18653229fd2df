import type { Deployment } from "./deployment";
import type { Alias, Goal } from "./goal";
import { makeUrn, parseUrn, rootStackType } from "./urn";

/**
 * The URNs that a resource may have had: its own aliases, those that follow from its parent's
 * renaming, and both together.
 */
export function aliasUrns(d: Deployment, goal: Goal): string[] {
  const { stack, project } = d.options;
  const urns = new Set<string>();
  const formerParents = [...d.renamed].filter(([, now]) => now === goal.parent).map(([was]) => was);
  const add = (alias: Alias) => {
    if ("urn" in alias) return urns.add(alias.urn);
    const parents = alias.noParent ? [""] : [alias.parent ?? goal.parent];
    if (!alias.noParent && alias.parent === undefined) parents.push(...formerParents);
    for (const parent of parents) {
      const name = alias.name ?? inheritedName(goal, parent);
      urns.add(
        makeUrn(
          alias.stack ?? stack,
          alias.project ?? project,
          parent,
          alias.type ?? goal.type,
          name,
        ),
      );
    }
  };
  for (const alias of goal.aliases) add(alias);
  if (formerParents.length > 0) add({});
  return [...urns];
}

/** A child that is named after its parent was named after the parent's former name. */
function inheritedName(goal: Goal, formerParent: string): string {
  if (!formerParent || !goal.parent) return goal.name;
  const now = parseUrn(goal.parent);
  const former = parseUrn(formerParent);
  const named = former.type !== rootStackType && goal.name.startsWith(now.name);
  return named ? former.name + goal.name.slice(now.name.length) : goal.name;
}
