// Gives the SDK's host of dynamic providers the provider of a kind of custom resource. States of stacks name this file.
//
// The host knows no TypeScript, so the providers are bundled first, which takes 0.1 s.
const Module = require("node:module");
const path = require("node:path");
const { buildSync } = require("esbuild");

const entry = path.join(__dirname, "providers.ts");
let loaded;

function load() {
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    absWorkingDir: __dirname,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "cjs",
    target: "node22",
    write: false,
    logLevel: "silent",
  });
  const bundle = new Module(entry, module);
  bundle.paths = Module._nodeModulePaths(__dirname);
  bundle._compile(outputFiles[0].text, entry);
  return bundle.exports.providers;
}

/** @param {string} kind of those in providers.ts, such as `kafka:Topic` */
module.exports = (kind) => {
  loaded ??= load();
  if (loaded[kind]) return loaded[kind];
  throw new Error(
    `${entry} has no provider ${kind}: the state is of another version of this program, whose code is needed`,
  );
};
