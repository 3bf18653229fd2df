// Preloaded into the program: loads its TypeScript from a cache of what ts-node makes of it.
//
// The SDK's runner has ts-node transpile every file at every run, after loading the compiler, which takes longer than
// the program itself. The text must be ts-node's, byte for byte: the source of dynamic providers, which the state
// keeps, is taken from the loaded functions, and the Pulumi CLI must find the same. So ts-node itself transpiles
// what is not in the cache, with the options that @pulumi/pulumi/cmd/run gives it.
const { createHash, randomUUID } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
require("./lazy-modules.cjs");
const { shortenSdk } = require("./sdk-shortcuts.cjs");

const root = process.env.PULUMI_NODEJS_ROOT_DIRECTORY;
const folder = process.env.ENGINE_TRANSPILED_FOLDER;
const fromRoot = Module.createRequire(path.join(root, "package.json"));

const tsConfig = path.join(root, "tsconfig.json");
const hasTsConfig = fs.existsSync(tsConfig);
const setting = [
  fromRoot("ts-node/package.json").version,
  fromRoot("typescript/package.json").version,
  hasTsConfig ? fs.readFileSync(tsConfig, "utf8") : "",
].join("\n");

shortenSdk({ fromRoot, folder, setting: `${root}\n${setting}` });

/** The program's files as they were loaded, by path, for stack traces. */
const loaded = new Map();

let service;

function transpile(source, file) {
  if (!service) {
    const { loadTypeScriptCompilerOptions } = fromRoot("@pulumi/pulumi/tsutils");
    service = fromRoot("ts-node").create({
      cwd: root,
      compiler: "typescript",
      transpileOnly: true,
      project: tsConfig,
      skipProject: !hasTsConfig,
      compilerOptions: {
        target: "ES2020",
        module: "nodenext",
        moduleResolution: "nodenext",
        sourceMap: "true",
        ...loadTypeScriptCompilerOptions(tsConfig),
      },
    });
    // It has put its own in the place of ours, and knows the files of this run alone.
    Error.prepareStackTrace = prepareStackTrace;
  }
  return service.compile(source, file);
}

// Stack traces are mapped here, and only those of the program's own files.
const load = Module._load;
Module._load = function (request, ...rest) {
  return request === "source-map-support/register" ? {} : load.call(this, request, ...rest);
};
Error.prepareStackTrace = prepareStackTrace;

Module._extensions[".ts"] = (module, file) => {
  const source = fs.readFileSync(file, "utf8");
  const key = createHash("sha256").update(`${setting}\n${file}\n${source}`).digest("hex");
  const cached = path.join(folder, `${key}.js`);
  let text;
  try {
    text = fs.readFileSync(cached, "utf8");
  } catch {
    text = transpile(source, file);
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const unfinished = `${cached}.${randomUUID()}`;
    fs.writeFileSync(unfinished, text, { mode: 0o600 });
    fs.renameSync(unfinished, cached);
  }
  loaded.set(file, { text, positions: new Map() });
  module._compile(text, file);
};

/** Positions are those of the sources, as with ts-node: the SDK reads a resource's from a stack trace. */
function prepareStackTrace(error, sites) {
  const lines = sites.map((site) => {
    const text = String(site);
    const file = site.getFileName();
    const program = file && loaded.get(file);
    if (!program) return text;
    const [line, column] = [site.getLineNumber(), site.getColumnNumber()];
    return text.replace(`:${line}:${column}`, `:${originalPosition(program, line, column)}`);
  });
  return [String(error), ...lines].join("\n    at ");
}

function originalPosition(program, line, column) {
  const generated = `${line}:${column}`;
  let position = program.positions.get(generated);
  if (position === undefined) {
    program.map ??= readSourceMap(program.text);
    const { originalLine, originalColumn } = program.map.findEntry(line - 1, column - 1);
    position = originalLine === undefined ? generated : `${originalLine + 1}:${originalColumn + 1}`;
    program.positions.set(generated, position);
  }
  return position;
}

function readSourceMap(text) {
  const base64 = text.slice(text.lastIndexOf("base64,") + "base64,".length);
  return new Module.SourceMap(JSON.parse(Buffer.from(base64, "base64").toString("utf8")));
}
