import { readFileSync } from "node:fs";
import { prepareBackend, readCheckpointFile, type StackFiles, stackFiles } from "./backend";
import { parseCheckpoint, saltOfCheckpoint } from "./checkpoint";
import { type Project, readProject } from "./project";
import { type Crypter, createCrypter, openCrypter } from "./secrets";
import { readStackFile, resolveConfig, type StackConfig } from "./stack-config";
import type { Snapshot } from "./state";

/** A stack with its files, its config and its state, opened. */
export interface StackSession {
  project: Project;
  stack: string;
  files: StackFiles;
  config: StackConfig;
  crypter: Crypter;
  snapshot: Snapshot;
  /** Whether the stack has a checkpoint. */
  exists: boolean;
}

export interface StackSelection {
  /** Folder of Pulumi.yaml. */
  root: string;
  stack: string;
  /** Folder of the file backend. */
  stateDir: string;
  /** `key=value` pairs over the stack's config. */
  overrides: Record<string, string>;
  /** Read when the environment has no passphrase. */
  passphraseFile?: string;
}

export function locateStack(selection: StackSelection): { project: Project; files: StackFiles } {
  const project = readProject(selection.root);
  if (!/^[A-Za-z0-9_.-]{1,100}$/.test(selection.stack)) {
    throw new Error(
      `"${selection.stack}" is not a name of a stack: letters, digits, hyphens, underscores and periods only`,
    );
  }
  return { project, files: stackFiles(selection.stateDir, project.name, selection.stack) };
}

/** Opens a stack: decrypts its config and its state. */
export async function openStack(selection: StackSelection): Promise<StackSession> {
  const { project, files } = locateStack(selection);
  await prepareBackend(selection.stateDir);
  const file = readStackFile(project, selection.stack);
  const text = await readCheckpointFile(files);
  const passphrase = readPassphrase(selection);
  const stateSalt = text === undefined ? undefined : saltOfCheckpoint(text, files.checkpoint);
  const stateCrypter = stateSalt
    ? await openCrypter(passphrase, stateSalt, files.checkpoint)
    : undefined;
  const crypter = await writingCrypter(passphrase, file, stateCrypter);
  return {
    project,
    stack: selection.stack,
    files,
    config: resolveConfig(project, file, selection.overrides, crypter),
    crypter,
    snapshot: text
      ? parseCheckpoint(text, files.checkpoint, stateCrypter ?? crypter)
      : { resources: [], pendingOperations: [] },
    exists: text !== undefined,
  };
}

/**
 * The salt of the stack's config comes first, as with the CLI, which writes one there when it takes
 * the stack over; then that of the state. A new one is kept in the state alone, so that a committed
 * config file stays as it is.
 */
async function writingCrypter(
  passphrase: string,
  file: { path: string; encryptionSalt?: string },
  stateCrypter: Crypter | undefined,
): Promise<Crypter> {
  const salt = file.encryptionSalt;
  if (salt && salt !== stateCrypter?.salt) return openCrypter(passphrase, salt, file.path);
  return stateCrypter ?? createCrypter(passphrase);
}

function readPassphrase(selection: StackSelection): string {
  const { PULUMI_CONFIG_PASSPHRASE: direct, PULUMI_CONFIG_PASSPHRASE_FILE: path } = process.env;
  if (direct !== undefined) return direct;
  const file = path || selection.passphraseFile;
  if (!file) {
    throw new Error(
      `no passphrase for the secrets of the stack "${selection.stack}": ` +
        "set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE to the file that holds it",
    );
  }
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new Error(`the passphrase could not be read from ${file}: ${(error as Error).message}`);
  }
}
