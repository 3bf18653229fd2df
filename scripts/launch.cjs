// node scripts/launch.cjs ENTRY.ts ARGS…: runs a TypeScript entry of this project as one bundled file.
//
// The sources and their packages are hundreds of files. Loading them one by one takes longer than most commands; loading a
// bundle takes a tenth of that. The bundle is cached. Its key has the names, times and sizes of all sources, and the
// installed packages, so that any change makes a new bundle.
const { createHash, randomUUID } = require("node:crypto");
const fs = require("node:fs");
const { enableCompileCache } = require("node:module");
const { homedir } = require("node:os");
const path = require("node:path");

const root = path.join(__dirname, "..");
const [entryArgument, ...args] = process.argv.slice(2);
if (!entryArgument) throw new Error("usage: node scripts/launch.cjs ENTRY.ts ARGS…");
const entry = path.resolve(entryArgument);

const isSource = (name) => /\.(ts|cjs|json)$/.test(name) && !/(\.test|\.d)\.ts$/.test(name);
const aside = new Set([
  "node_modules",
  "artifacts",
  "tests",
  "testing",
  "testdata",
  "docs",
  "dist",
]);

/** Every source below a folder, with its time and size. */
function* stamps(folder) {
  for (const found of fs.readdirSync(folder, { withFileTypes: true })) {
    if (found.name.startsWith(".") || aside.has(found.name)) continue;
    const file = path.join(folder, found.name);
    if (found.isDirectory()) yield* stamps(file);
    else if (isSource(found.name)) {
      const { mtimeMs, size } = fs.statSync(file);
      yield `${file} ${mtimeMs} ${size}`;
    }
  }
}

function keyOfSources() {
  const hash = createHash("sha256");
  for (const stamp of stamps(root)) hash.update(`${stamp}\n`);
  const { mtimeMs, size } = fs.statSync(path.join(root, "node_modules", ".package-lock.json"));
  return hash.update(`packages ${mtimeMs} ${size}`).digest("hex").slice(0, 16);
}

/**
 * In the bundle, `__dirname` of each file stays its own folder, and only the entry is the main module. If a folder's files
 * are loaded by a pattern, tests are left out.
 */
const asInPlace = {
  name: "as-in-place",
  setup(build) {
    build.onLoad({ filter: /\.test\.ts$/ }, () => ({ contents: "" }));
    build.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
      if (file.includes(`${path.sep}node_modules${path.sep}`)) return undefined;
      const contents = fs
        .readFileSync(file, "utf8")
        .replaceAll("require.main === module", String(file === entry))
        .replaceAll(/\b__dirname\b/g, JSON.stringify(path.dirname(file)))
        .replaceAll(/\b__filename\b/g, JSON.stringify(file));
      return { contents, loader: "ts" };
    });
  },
};

async function bundle(file) {
  const { build } = require("esbuild");
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    logLevel: "error",
    write: false,
    plugins: [asInPlace],
  });
  const folder = path.dirname(file);
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unfinished = `${file}.${randomUUID()}`;
  fs.writeFileSync(unfinished, outputFiles[0].contents, { mode: 0o600 });
  fs.renameSync(unfinished, file);
  const stem = path.basename(file).replace(/-[^-]*$/, "-");
  for (const other of fs.readdirSync(folder)) {
    const isOld = other.startsWith(stem) && other.endsWith(".cjs") && other !== path.basename(file);
    if (isOld) fs.rmSync(path.join(folder, other), { force: true });
  }
}

/** If the reader closes the pipe (`| head`), further output is dropped and the work goes on. */
function tolerateClosedPipes() {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}

async function main() {
  tolerateClosedPipes();
  const cache = process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache");
  const place = createHash("sha256").update(entry).digest("hex").slice(0, 8);
  const name = `${path.relative(root, entry).replaceAll(/[^A-Za-z0-9]+/g, "_")}_${place}`;
  const file = path.join(cache, "realtime-analytics", "bundles", `${name}-${keyOfSources()}.cjs`);
  if (!fs.existsSync(file)) await bundle(file);
  process.argv = [process.argv[0], entry, ...args];
  enableCompileCache?.(path.join(root, "node_modules", ".cache", "compiled"));
  require(file);
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
