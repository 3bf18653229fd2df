import type { Api, Read } from "./api";
import { checkArchitecture, checkBuilds } from "./checks/architecture";
import { checkClaims, checkOwner, checkPodSecurity, checkReleased } from "./checks/namespace";
import { checkPlacement } from "./checks/placement";
import { beyondRules, checkRights, neededRights } from "./checks/rights";
import { checkRoom, ifNotAdded, isPlaced } from "./checks/room";
import { checkStorage, missingClasses, newClaims } from "./checks/storage";
import { checkVersion } from "./checks/version";
import type { Declared } from "./declared";
import { addsNodes, type Facts, mayDo, readAllPods, readVolumes } from "./facts";
import type { Finding } from "./finding";

/** The stack that the cluster must be fit for. */
export interface Target {
  readonly stack: string;
  readonly namespace: string;
  /** The stack's `storageClass`; empty: none is set. */
  readonly storageClass: string;
}

export interface Report {
  readonly findings: readonly Finding[];
  /** What could not be looked at, and why. */
  readonly skipped: readonly string[];
}

/** Runs all checks on what was read, and reads more where a check needs it. */
export async function inspect(
  api: Api,
  facts: Facts,
  declared: Declared,
  target: Target,
): Promise<Report> {
  const inspection = new Inspection(api, facts, declared, target);
  const findings = await Promise.all([
    inspection.version(),
    inspection.rights(),
    inspection.namespace(),
    inspection.storage(),
    inspection.nodes(),
  ]);
  return { findings: findings.flat(), skipped: [...inspection.skipped] };
}

class Inspection {
  readonly skipped: Set<string>;

  constructor(
    private readonly api: Api,
    private readonly facts: Facts,
    private readonly declared: Declared,
    private readonly target: Target,
  ) {
    this.skipped = new Set(
      declared.unread.map((name) => `${name}: its inputs are not plain values`),
    );
  }

  async version(): Promise<Finding[]> {
    const version = this.known("Kubernetes' version", this.facts.version);
    return version ? checkVersion(version) : [];
  }

  async rights(): Promise<Finding[]> {
    const { namespace } = this.target;
    const rules = this.known("rights", this.facts.rules);
    if (!rules) return [];
    const unclear = beyondRules(neededRights(this.declared.resources), rules);
    // The answer for each counts: rules don't tell what a webhook allows.
    const answers = await Promise.all(
      unclear.map((right) => mayDo(this.api, { ...right, namespace })),
    );
    const rights = unclear.filter((_, index) => {
      const answer = answers[index];
      return answer?.ok === true && !answer.value;
    });
    return checkRights({ user: this.api.user, namespace, rights, namespaceIs: this.uncreatable() });
  }

  /** The state of a namespace that the user may not create. */
  private uncreatable(): "missing" | "hidden" | undefined {
    const { namespace, mayCreateNamespaces } = this.facts;
    if (!mayCreateNamespaces.ok || mayCreateNamespaces.value) return undefined;
    if (!namespace.ok) return "hidden";
    return namespace.value === undefined ? "missing" : undefined;
  }

  async namespace(): Promise<Finding[]> {
    const { stack, namespace: name } = this.target;
    if (this.facts.namespace.ok && this.facts.namespace.value === undefined) {
      const volumes = this.known("volumes of an earlier stack", await readVolumes(this.api));
      return checkReleased(volumes ?? [], name);
    }
    const namespace = this.known("the namespace", this.facts.namespace);
    if (!namespace) return [];
    const claims = this.known("volume claims", this.facts.claims) ?? [];
    const pods = this.known("pods of the namespace", this.facts.pods) ?? [];
    return [
      ...checkOwner(namespace, stack, claims),
      ...checkClaims(claims, name),
      ...checkPodSecurity(namespace, stack, pods),
    ];
  }

  async storage(): Promise<Finding[]> {
    const classes = this.known("StorageClasses", this.facts.storageClasses);
    if (!classes) return [];
    const existing = this.facts.claims.ok ? this.facts.claims.value : [];
    const claims = newClaims(this.declared.claims, existing);
    if (missingClasses(claims, classes).length === 0) return [];
    const volumes = await readVolumes(this.api);
    return checkStorage({
      claims,
      classes,
      volumes: volumes.ok ? volumes.value : [],
      stack: this.target.stack,
      configured: this.target.storageClass,
    });
  }

  /** Placement, architectures and room. Where every pod runs already, nothing is to be placed. */
  async nodes(): Promise<Finding[]> {
    const { pods: declared } = this.declared;
    const own = this.facts.pods;
    if (own.ok && isPlaced(declared, own.value)) return [];
    const nodes = this.known("nodes, their room and architectures", this.facts.nodes);
    if (!nodes) return [];
    const { stack, namespace } = this.target;
    const [all, isGrowing] = await Promise.all([readAllPods(this.api), addsNodes(this.api)]);
    const pods = this.known("room on the nodes", all);
    const placement = checkPlacement(declared, nodes, stack);
    const room = { declared, nodes, namespace, stack, addsNodes: isGrowing };
    return [
      ...(isGrowing ? placement.map(ifNotAdded) : placement),
      ...checkArchitecture(declared, nodes, stack),
      ...checkBuilds(this.declared.builds, nodes, process.arch),
      ...(pods ? checkRoom({ ...room, pods }) : []),
    ];
  }

  /** What was read. Where it could not be, that is noted. */
  private known<T>(what: string, read: Read<T>): T | undefined {
    if (read.ok) return read.value;
    const why =
      read.status === 403 ? `user "${this.api.user}" may not read them (403)` : read.reason;
    this.skipped.add(`${what}: ${why}`);
    return undefined;
  }
}
