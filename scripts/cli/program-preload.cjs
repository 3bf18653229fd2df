// Preloaded by NODE_OPTIONS into the program and the host of its custom resources. It avoids the slowest work of a run that
// changes nothing:
//
// - The SDK loads npm's installer (half of the host's start) and TypeScript, which only serialized functions need. Here both
//   are loaded at their first use.
// - The SDK makes ts-node transpile the whole program in every run. Here ts-node's output is cached by each file's content.
// - The SDK takes a stack trace, with TypeScript's positions, for each promise, and prints it only with
//   PULUMI_DEBUG_PROMISE_LEAKS. Here it takes one only then.
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
  const debuggable = sdk.require("./runtime/debuggable");
  if (!debuggable.debugPromiseLeaks) {
    debuggable.debuggablePromise = withoutStackTraces(debuggable.debuggablePromise);
  }
}

function withoutStackTraces(call) {
  return (...args) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return call(...args);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}

const load = Module._load;
let isShortened = false;
const isOfClosures = /@pulumi\/pulumi\/runtime\/closure\/\w+\.js$/;
const onlyForClosures = ["@npmcli/arborist", "../../typescript-shim"];

/** A module that is loaded when something of it is asked for. */
const lazily = (get) =>
  new Proxy({}, { get: (_, key) => (key === "__esModule" ? true : get()[key]) });

Module._load = function (request, parent, ...rest) {
  if (onlyForClosures.includes(request) && isOfClosures.test(parent.filename)) {
    return lazily(() => load.call(this, request, parent, ...rest));
  }
  const found = load.call(this, request, parent, ...rest);
  if (request === "ts-node" && !isShortened) {
    isShortened = true;
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
