import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../process";

/** Where the JVM looks for its class data sharing archive if it is told of no other. */
const defaultArchive = "/usr/lib/jvm/java-17-openjdk-amd64/lib/server/classes.jsa";
const listsFolder = "/tmp/class-lists";

/** An image's root file system in which Java services run once, to learn which classes they load. */
export class TrainingRoot {
  private readonly running: { name: string; child: ChildProcess }[] = [];

  constructor(
    private readonly root: string,
    readonly classPath: string,
  ) {}

  /** Writes a file below /tmp of the root, which no image keeps. */
  async file(path: string, text: string): Promise<void> {
    await writeFile(join(this.root, path), text);
  }

  async folder(path: string): Promise<void> {
    await mkdir(join(this.root, path), { recursive: true });
  }

  /** Starts a JVM whose loaded classes are listed. */
  start(name: string, args: string[]): void {
    mkdirSync(join(this.root, listsFolder), { recursive: true });
    const log = openSync(this.log(name), "w");
    const list = `-XX:DumpLoadedClassList=${listsFolder}/${name}`;
    const child = spawn(
      "chroot",
      [this.root, "/usr/bin/java", list, "-cp", this.classPath, ...args],
      { stdio: ["ignore", log, log] },
    );
    closeSync(log);
    this.running.push({ name, child });
  }

  /** Runs a JVM to its end. */
  async finish(name: string, args: string[]): Promise<void> {
    this.start(name, args);
    const last = this.running.pop();
    const code = await exit(last?.child);
    if (code !== 0) throw new Error(`${name} ended with ${code}:\n${await this.tail(name)}`);
  }

  /**
   * Ends all that was started. What doesn't end by itself in 20 s (Druid's coordinator takes
   * minutes) is killed: its classes are listed by then.
   */
  async stop(): Promise<void> {
    const children = this.running.splice(0).map(({ child }) => child);
    for (const child of children) child.kill("SIGTERM");
    const timer = setTimeout(() => {
      for (const child of children) child.kill("SIGKILL");
    }, 20_000);
    await Promise.all(children.map(exit));
    clearTimeout(timer);
  }

  /**
   * Waits until `probe` gives a value.
   * @throws Error with the logs' last lines if it doesn't within `seconds`, or a JVM ended.
   */
  async until<T>(what: string, seconds: number, probe: () => Promise<T | undefined>): Promise<T> {
    const end = Date.now() + seconds * 1000;
    let last = "no answer";
    while (Date.now() < end) {
      const dead = this.running.find(({ child }) => child.exitCode !== null);
      if (dead) throw new Error(`${dead.name} ended early:\n${await this.tail(dead.name)}`);
      const value = await probe().catch((error: Error) => {
        last = `${error.message} ${error.cause ?? ""}`;
        return undefined;
      });
      if (value !== undefined) return value;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    const logs = await Promise.all(this.running.map(({ name }) => this.tail(name)));
    throw new Error(`${what}: not within ${seconds} s. Last: ${last}\n${logs.join("\n")}`);
  }

  /** Archives every class that was listed, as the JVM's default archive. */
  async writeArchive(): Promise<void> {
    const lines = new Set<string>();
    for (const name of await readdir(join(this.root, listsFolder))) {
      const list = await readFile(join(this.root, listsFolder, name), "utf8");
      // What follows the last end of line was cut off by the JVM's end.
      for (const line of list.split("\n").slice(0, -1)) lines.add(line);
    }
    await this.file("/tmp/classes", `${[...lines].join("\n")}\n`);
    await run("chroot", [
      ...[this.root, "/usr/bin/java", "-Xshare:dump", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"],
      // The one collector that archives heap objects; every collector can use them.
      ...["-XX:+UseG1GC", "-Xmx1g", "-XX:SharedClassListFile=/tmp/classes"],
      ...[`-XX:SharedArchiveFile=${defaultArchive}`, "-cp", this.classPath],
    ]);
    await rm(join(this.root, "tmp/classes"));
  }

  private log(name: string): string {
    return join(this.root, "tmp", `${name}.log`);
  }

  private async tail(name: string): Promise<string> {
    const lines = (await readFile(this.log(name), "utf8")).split("\n");
    // A stack's lines hide what they belong to.
    const told = lines.filter((line) => !/^\s+at |^\s+\.\.\. \d+ more/.test(line)).slice(-30);
    return `--- ${name}\n${told.join("\n").slice(-6000)}`;
  }
}

function exit(child: ChildProcess | undefined): Promise<number | null | undefined> {
  if (!child || child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve(child?.exitCode);
  }
  return new Promise((resolve) => child.once("exit", (code) => resolve(code)));
}
