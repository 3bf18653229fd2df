// Loads a TypeScript file of this project as one bundled JavaScript file: Pulumi's host of dynamic providers knows no
// TypeScript, and a package of hundreds of files loads several times faster from one.
//
// Bundling takes a few tenths of a second, so the bundle is cached until one of its sources changes.
const { randomUUID } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

const root = path.join(__dirname, "..");
const modules = path.join(root, "node_modules");
const installed = "node_modules/.package-lock.json";

const stamp = (file) => {
  const { mtimeMs, size } = fs.statSync(path.join(root, file));
  return `${mtimeMs} ${size}`;
};

/** Whether the cached bundle is of the sources as they are. */
function isCurrent(cache) {
  try {
    const stamps = JSON.parse(fs.readFileSync(`${cache}.json`, "utf8"));
    return Object.entries(stamps).every(([file, known]) => stamp(file) === known);
  } catch {
    return false;
  }
}

function bundle(entry, packages) {
  const { buildSync } = require("esbuild");
  const { outputFiles, metafile } = buildSync({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    packages,
    platform: "node",
    format: "cjs",
    target: "node22",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const sources = Object.keys(metafile.inputs).filter((file) => !file.startsWith("node_modules/"));
  // All packages change together.
  return { text: outputFiles[0].text, sources: [...sources, installed] };
}

function write(file, text) {
  const unfinished = `${file}.${randomUUID()}`;
  fs.writeFileSync(unfinished, text);
  fs.renameSync(unfinished, file);
}

/**
 * The exports of a TypeScript file.
 *
 * @param {string} entry its absolute path
 * @param {"external" | "bundle"} packages bundle: what the file imports of its packages is in the bundle, too
 */
module.exports = (entry, packages) => {
  const name = path.relative(root, entry).replaceAll(/[^A-Za-z0-9]+/g, "-");
  const cache = path.join(modules, ".cache", `bundled-${name}`);
  if (isCurrent(cache)) return require(`${cache}.cjs`);
  const { text, sources } = bundle(entry, packages);
  try {
    fs.mkdirSync(path.dirname(cache), { recursive: true });
    write(`${cache}.cjs`, text);
    write(
      `${cache}.json`,
      JSON.stringify(Object.fromEntries(sources.map((file) => [file, stamp(file)]))),
    );
  } catch {
    // Where node_modules can't be written, each run bundles.
  }
  const module = new Module(entry);
  module.paths = Module._nodeModulePaths(__dirname);
  module._compile(text, entry);
  return module.exports;
};
