// Loaded by program-loader.cjs: puts shortcuts before what the SDK does again at every run.
const Module = require("node:module");
const { rememberScopes } = require("./captured-variables.cjs");
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
  const load = Module._load;
  Module._load = function (request, ...rest) {
    const exports = load.call(this, request, ...rest);
    if (request === "./v8" && isFirst(request)) {
      rememberScopes(exports, fromRoot("@pulumi/pulumi/runtime/closure/v8Hooks").getScriptUrl);
    }
    if (request === "./parseFunction" && isFirst(request)) {
      const sdk = fromRoot("@pulumi/pulumi/package.json").version;
      cacheParsedFunctions(exports, folder, `${sdk}\n${setting}`);
    }
    if (request.endsWith("/debuggable") && isFirst("debuggable")) withoutTraces(exports);
    return exports;
  };
};

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
