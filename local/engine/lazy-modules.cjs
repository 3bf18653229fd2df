// Loaded first in the program and in the host of dynamic resources: what the SDK loads at its start, and seldom or never
// uses, comes when it is used. That is the compiler, and a package that packs functions for a cloud.
const Module = require("node:module");

/** Has modules of which `isSeldom` is true of what is asked of `require` come when they are used. */
function loadWhenUsed(isSeldom) {
  const load = Module._load;
  Module._load = function (request, ...rest) {
    const now = () => load.call(this, request, ...rest);
    return isSeldom(request) ? whenUsed(now) : now();
  };
}

/** Stands for a module's exports until one of them is asked for. */
function whenUsed(loadNow) {
  return new Proxy({}, { get: (_, name) => name === "__esModule" || loadNow()[name] });
}

loadWhenUsed((request) => request === "@npmcli/arborist" || request === "../../typescript-shim");

module.exports = { loadWhenUsed };
