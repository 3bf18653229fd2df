// Preloaded into the program by NODE_OPTIONS. It avoids the slowest work of a run that changes nothing:
//
// - The SDK makes ts-node transpile the whole program in every run. Here ts-node's output is cached by each file's content.
//   The output itself is unchanged, so the source of dynamic providers, which the state contains, stays the same.
// - The SDK parses each function of the dynamic providers once for every provider that calls it. Here it parses it once.
// - The SDK sends the engine a debug message before and after each call, one at a time. Here it does so only with `--debug`.
const { createHash, randomUUID } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

const folder = process.env.TRANSPILE_CACHE;

function cached(compile, setting) {
  return (source, file, ...rest) => {
    const key = createHash("sha256").update(`${setting}\n${file}\n${source}`).digest("hex");
    const kept = path.join(folder, `${key}.js`);
    try {
      return fs.readFileSync(kept, "utf8");
    } catch {
      const text = compile(source, file, ...rest);
      fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
      const unfinished = `${kept}.${randomUUID()}`;
      fs.writeFileSync(unfinished, text, { mode: 0o600 });
      fs.renameSync(unfinished, kept);
      return text;
    }
  };
}

/** @param sdk the SDK's module that first loads ts-node */
function shortenRun(sdk) {
  if (process.env.DEBUG_MESSAGES !== "true") {
    sdk.require("./log").debug = () => Promise.resolve();
  }
  const functions = sdk.require("./runtime/closure/parseFunction");
  const { parseFunction } = functions;
  const parsed = new Map();
  functions.parseFunction = (text) => {
    if (!parsed.has(text)) parsed.set(text, parseFunction(text));
    return parsed.get(text);
  };
}

const load = Module._load;
Module._load = function (request, parent, ...rest) {
  const found = load.call(this, request, parent, ...rest);
  if (request === "ts-node") {
    Module._load = load;
    shortenRun(parent);
    const { register } = found;
    found.register = (options) => {
      const service = register(options);
      const { version } = service.ts;
      const setting = [found.VERSION, version, JSON.stringify(service.config.options)].join("\n");
      service.compile = cached(service.compile, setting);
      return service;
    };
  }
  return found;
};
