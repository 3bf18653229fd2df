// Loaded by program-loader.cjs: puts shortcuts before what the SDK does again at every run.
const Module = require("node:module");
const { nameFilesInErrors, rememberScopes } = require("./captured-variables.cjs");
const { cacheParsedFunctions } = require("./parsed-functions.cjs");

/**
 * Sees to it that modules of the SDK get their shortcuts when they are loaded.
 *
 * @param fromRoot `require` of the program
 * @param folder where answers are kept
 * @param setting what the answers depend on beside the SDK: root of the program, versions
 */
exports.shortenSdk = ({ fromRoot, folder, setting }) => {
  const taken = new Set();
  const isFirst = (name) => taken.size < taken.add(name).size;
  const sdkLog = fromRoot.resolve("@pulumi/pulumi/log");
  let inspection = { nameFiles() {} };
  const load = Module._load;
  Module._load = function (request, ...rest) {
    const exports = load.call(this, request, ...rest);
    if (request.endsWith("/v8Hooks") && isFirst("v8Hooks")) withoutDebugger(exports);
    if (request === "./v8" && isFirst(request)) inspection = rememberScopes(exports);
    // It loads ./v8 when it reads the first function.
    if (request === "./createClosure" && isFirst(request)) {
      nameFilesInErrors(exports, () => inspection.nameFiles());
    }
    if (request === "./parseFunction" && isFirst(request)) {
      const sdk = fromRoot("@pulumi/pulumi/package.json").version;
      cacheParsedFunctions(exports, folder, `${sdk}\n${setting}`);
    }
    if (request.endsWith("/log") && exports === fromRoot.cache[sdkLog]?.exports) {
      withoutDebugMessages(exports);
    }
    if (request.endsWith("/debuggable") && isFirst("debuggable")) withoutTraces(exports);
    return exports;
  };
};

/** The SDK's runner has V8's debugger on before the program is loaded, and V8 then reports each of its scripts. */
function withoutDebugger(module) {
  module.isInitializedAsync = async () => {};
}

/**
 * The SDK tells the engine three times of each registration, with all that it sent and got, one message after the other; where
 * nobody asked for debug messages, all for nothing.
 */
function withoutDebugMessages(module) {
  if (process.env.ENGINE_DEBUG_MESSAGES === "true" || !module.debug) return;
  module.debug = async () => {};
}

/** The SDK gives each of its promises a stack trace, which only PULUMI_DEBUG_PROMISE_LEAKS has it print. */
function withoutTraces(module) {
  if (module.debugPromiseLeaks) return;
  const { debuggablePromise } = module;
  module.debuggablePromise = (...args) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(...args);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}
