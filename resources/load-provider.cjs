// Gives the SDK's host of dynamic providers the provider of a kind of custom resource. States of stacks name this file.
const path = require("node:path");
const bundled = require("./bundled.cjs");

const entry = path.join(__dirname, "providers.ts");
let loaded;

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
  loaded ??= bundled(entry, "external").providers;
  if (loaded[kind]) return sayOnce(loaded[kind]);
  throw new Error(
    `${entry} has no provider ${kind}: the state is of another version of this program, whose code is needed`,
  );
};
