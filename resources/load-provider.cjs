// Gives the SDK's host of dynamic providers the provider of a kind of custom resource. States of stacks name this file.
//
// The host knows no TypeScript, so the providers are bundled first. That takes 0.1 s, so the bundle is cached until one of
// its sources changes.
const { randomUUID } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

const entry = path.join(__dirname, "providers.ts");
const cache = path.join(__dirname, "../node_modules/.cache/providers.json");
let loaded;

const stamp = (file) => {
  const { mtimeMs, size } = fs.statSync(path.join(__dirname, file));
  return `${mtimeMs} ${size}`;
};

/** The cached bundle, if it is of the sources as they are. */
function cached() {
  try {
    const { stamps, text } = JSON.parse(fs.readFileSync(cache, "utf8"));
    return Object.entries(stamps).every(([file, known]) => stamp(file) === known) && text;
  } catch {
    return undefined;
  }
}

function bundled() {
  const { buildSync } = require("esbuild");
  const { outputFiles, metafile } = buildSync({
    entryPoints: [entry],
    absWorkingDir: __dirname,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "cjs",
    target: "node22",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const { text } = outputFiles[0];
  const stamps = Object.fromEntries(
    Object.keys(metafile.inputs).map((file) => [file, stamp(file)]),
  );
  try {
    const unfinished = `${cache}.${randomUUID()}`;
    fs.mkdirSync(path.dirname(cache), { recursive: true });
    fs.writeFileSync(unfinished, JSON.stringify({ stamps, text }));
    fs.renameSync(unfinished, cache);
  } catch {
    // Where node_modules can't be written, each run bundles.
  }
  return text;
}

function load() {
  const bundle = new Module(entry, module);
  bundle.paths = Module._nodeModulePaths(__dirname);
  bundle._compile(cached() || bundled(), entry);
  return bundle.exports.providers;
}

/**
 * The host prints each error of check, read and delete with its stack trace, beside what the engine says of it. The message
 * has all that a user needs, so that this is left out, unless debug messages are asked for.
 */
function sayOnce(provider) {
  const methods = Object.entries(provider).map(([name, method]) => [
    name,
    async (...args) => {
      try {
        return await method.apply(provider, args);
      } catch (error) {
        printed.add(`${error}: ${error.stack}`);
        throw error;
      }
    },
  ]);
  return Object.fromEntries(methods);
}

/** Errors as the host prints them. */
const printed = new Set();
const print = console.error;
console.error = (...texts) => {
  if (process.env.DEBUG_MESSAGES === "true" || !printed.has(texts[0])) print(...texts);
};

/** @param {string} kind of those in providers.ts, such as `kafka:Topic` */
module.exports = (kind) => {
  loaded ??= load();
  if (loaded[kind]) return sayOnce(loaded[kind]);
  throw new Error(
    `${entry} has no provider ${kind}: the state is of another version of this program, whose code is needed`,
  );
};
