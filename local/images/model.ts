import type { GoProgram } from "../go";

/** Packages of the host's configured Debian archive, unpacked without their maintainer scripts. */
export interface DebianSource {
  readonly kind: "debian";
  /** Names, spelled out: dependencies are not followed, so that the layer holds only what runs. */
  readonly packages: string[];
  /** Symbolic links that maintainer scripts would have made: path → target. */
  readonly links?: Record<string, string>;
  /** Paths left out of the layer. */
  readonly without?: string[];
  /** Shell commands that stand in for a maintainer script, run in the image's root, without network. */
  readonly setup?: string;
}

/** Jars that Maven resolves from a pom, each held to the SHA-256 in the lock. */
export interface MavenSource {
  readonly kind: "maven";
  readonly pom: string;
  readonly lock: string;
  /** Folder of the image that all of it lies under. */
  readonly root: string;
  /**
   * A jar without classes whose manifest names every jar of the class path in order; the jars
   * themselves lie in `<root>/jars`. `java -cp "<its folder>/*"` so means the same class path on
   * each file system, which a class data sharing archive requires.
   */
  readonly classPathJar: string;
  /** Jars that belong in another folder than the class path: folder → artifact ids. */
  readonly folders: Record<string, string[]>;
}

/**
 * An extension of Druid whose classes are in a jar, but for one, which is a later version's. Druid loads the jars of the extension's
 * folder in no order. So the one there has no classes: its manifest names the folder of that class first, and then the jar.
 */
export interface PatchedExtensionSource {
  readonly kind: "patched-extension";
  /** Of the image. */
  readonly folder: string;
  /** Group and artifact id, with a colon between. */
  readonly artifact: string;
  readonly jar: { readonly version: string; readonly sha256: string };
  /** `path` is the one within the jar of that version. */
  readonly later: { readonly version: string; readonly path: string; readonly sha256: string };
}

/** A virtual environment from a requirements lock with hashes, byte code compiled. */
export interface PythonSource {
  readonly kind: "python";
  readonly requirements: string;
  /** Path of the virtual environment in the image. */
  readonly venv: string;
  /** Packages that are published as source alone, pure Python, and built on the host. */
  readonly fromSource: string[];
  /** Paths below site-packages that are left out, as the shell's patterns. */
  readonly without: string[];
}

/** Files out of npm packages, by a package-lock with integrity hashes. */
export interface NpmSource {
  readonly kind: "npm";
  readonly manifest: string;
  readonly lock: string;
  /** Path in the install → path in the image, made executable. */
  readonly files: Record<string, string>;
}

/** A static binary, compiled from Go modules held to the hashes of go.sum. */
export interface GoSource {
  readonly kind: "go";
  readonly program: GoProgram;
  /** Of the binary, in the image. */
  readonly path: string;
}

/**
 * Java's class data sharing archive of all classes that the services load at start, in the place
 * of the JVM's default archive, so that no flag is needed to use it.
 */
export interface ClassArchiveSource {
  readonly kind: "class-archive";
  /** Module whose `train` starts the services in the image's root and uses them once. */
  readonly training: string;
  readonly classPath: string;
}

/** Takes paths of the layers below out of the image. */
export interface RemovalSource {
  readonly kind: "removal";
  readonly paths: string[];
}

export type Source =
  | DebianSource
  | MavenSource
  | PatchedExtensionSource
  | PythonSource
  | NpmSource
  | GoSource
  | ClassArchiveSource
  | RemovalSource;

/** A layer of file system, shared by each image that names it. */
export interface Layer {
  readonly name: string;
  /** Layers below, lowest first. */
  readonly on: Layer[];
  readonly source: Source;
}

export interface Image {
  /** By which it is asked for. @default the last part of `repository` */
  readonly name?: string;
  readonly repository: string;
  readonly tag: string;
  /** Lowest first. A last one with the user and its folders is added. */
  readonly layers: Layer[];
  readonly user: { readonly name: string; readonly uid: number; readonly home: string };
  /** Folders owned by the user. */
  readonly folders: string[];
  readonly config: {
    readonly env: Record<string, string>;
    /** Folders put before the system's on the PATH. */
    readonly path: string[];
    readonly workingDir: string;
    readonly command?: string[];
    readonly stopSignal?: string;
  };
  /** Pods start it, so it is unpacked before they ask for it; else builds alone pull it. */
  readonly isPulled: boolean;
  /** Not every stack runs it: built where it is asked for by name alone. @default false */
  readonly onRequest?: boolean;
}

/** A layer that lies in the cache. */
export interface BuiltLayer {
  readonly name: string;
  /** Hash of all that went into it: names its folder. */
  readonly inputs: string;
  /** `sha256:…` of the uncompressed tar: digest and diff id in one, as layers stay uncompressed. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}
