import type { Deployment } from "./deployment";
import type { Alias, Goal } from "./goal";
import { makeUrn, parseUrn } from "./urn";

/**
 * The URNs that a resource may have had: its own aliases, those that follow from its parent's
 * renaming, and both together.
 */
export function aliasUrns(d: Deployment, goal: Goal): string[] {
  const own = goal.aliases.map((alias) => aliasUrn(d, goal, alias));
  const formerParent = formerUrn(d, goal.parent);
  if (!formerParent) return own;
  const inherited = [goal, ...own.map(parseUrn)].map(({ type, name }) =>
    inheritedUrn(d, goal.parent, formerParent, type, name),
  );
  return [...new Set([...own, ...inherited])];
}

/** What an alias does not say is as it is now. Its parent is the one that the state knows under another URN. */
function aliasUrn(d: Deployment, goal: Goal, alias: Alias): string {
  if ("urn" in alias) return alias.urn;
  const named = alias.parent && (formerUrn(d, alias.parent) ?? alias.parent);
  return makeUrn(
    alias.stack ?? d.options.stack,
    alias.project ?? d.options.project,
    alias.noParent ? "" : (named ?? goal.parent),
    alias.type ?? goal.type,
    alias.name ?? goal.name,
  );
}

/** A child that is named after its parent was named after the parent's former name. */
function inheritedUrn(
  d: Deployment,
  parent: string,
  formerParent: string,
  type: string,
  name: string,
): string {
  const [now, former] = [parseUrn(parent), parseUrn(formerParent)];
  const formerName = name.startsWith(now.name) ? former.name + name.slice(now.name.length) : name;
  return makeUrn(d.options.stack, d.options.project, formerParent, type, formerName);
}

/** The URN that the state has for what is now `urn`, when that was found by an alias. */
function formerUrn(d: Deployment, urn: string): string | undefined {
  for (const [former, now] of d.renamed) if (now === urn) return former;
  return undefined;
}
