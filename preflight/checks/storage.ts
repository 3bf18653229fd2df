import type { DeclaredClaim } from "../declared";
import type { Claim, StorageClass, Volume } from "../facts";
import { error, type Finding, listed } from "../finding";
import { valuesFile } from "../values-file";

/** The declared claims that are not in the namespace yet. Those that are there keep the class that they were made with. */
export function newClaims(
  declared: readonly DeclaredClaim[],
  existing: readonly Claim[],
): DeclaredClaim[] {
  const names = new Set(existing.map(({ name }) => name));
  return declared.filter(({ name }) => !names.has(name));
}

/** Names of the wanted classes that don't exist; an undefined one is the cluster's default. */
export function missingClasses(
  claims: readonly DeclaredClaim[],
  classes: readonly StorageClass[],
): (string | undefined)[] {
  const wanted = [...new Set(claims.map(({ storageClass }) => storageClass))];
  return wanted.filter((name) =>
    name === undefined
      ? !classes.some(({ isDefault }) => isDefault)
      : !classes.some((one) => one.name === name),
  );
}

export interface Storage {
  /** Those that are not made yet. */
  readonly claims: readonly DeclaredClaim[];
  readonly classes: readonly StorageClass[];
  /** Volumes of the cluster: those that an administrator made need no class. */
  readonly volumes: readonly Volume[];
  readonly stack: string;
  /** The stack's `storageClass`; empty: none is set. */
  readonly configured: string;
}

export function checkStorage(storage: Storage): Finding[] {
  const { claims, classes, volumes } = storage;
  return missingClasses(claims, classes)
    .filter((name) => !hasVolumes(volumes, name))
    .map((name) => {
      const names = claims.filter(({ storageClass }) => storageClass === name);
      return name === undefined
        ? withoutDefault(storage, names)
        : withoutClass(storage, name, names);
    });
}

function hasVolumes(volumes: readonly Volume[], name = ""): boolean {
  return volumes.some(
    ({ storageClassName, phase }) => storageClassName === name && phase === "Available",
  );
}

function withoutDefault({ classes }: Storage, claims: readonly DeclaredClaim[]): Finding {
  const names = listed(claims.map(({ name }) => name));
  return error(
    `No StorageClass of the cluster is its default, and these volumes name none: ${names}. ${inventory(classes)}`,
    classes.length === 0 ? withoutAny : `${setClass(classes)}; or mark one as the default`,
  );
}

function withoutClass(
  { classes, configured, stack }: Storage,
  name: string,
  claims: readonly DeclaredClaim[],
): Finding {
  const names = listed(claims.map((claim) => claim.name));
  const files = [...new Set(claims.map(({ app }) => valuesFile(app, stack)))];
  const setting =
    name === configured ? setClass(classes) : `Correct storageClass in ${files.join(", ")}`;
  return error(
    `There is no StorageClass "${name}", which these volumes name: ${names}. ${inventory(classes)}`,
    classes.length === 0 ? withoutAny : setting,
  );
}

const withoutAny =
  "Install a provisioner of volumes with a StorageClass (on EKS: the EBS CSI driver's add-on)";

function inventory(classes: readonly StorageClass[]): string {
  if (classes.length === 0) return "The cluster has none at all.";
  const described = classes.map(
    ({ name, provisioner, isDefault }) =>
      `${name} (${provisioner}${isDefault ? ", the default" : ""})`,
  );
  return `The cluster has: ${listed(described, 10)}.`;
}

function setClass(classes: readonly StorageClass[]): string {
  const commands = classes.map(({ name }) => `pulumi config set storageClass ${name}`);
  return `Set one: ${listed(commands, 4)}`;
}
