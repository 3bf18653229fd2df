// Loaded by sdk-shortcuts.cjs: keeps what the SDK's parser says of a function's text.
//
// Of each function of a dynamic provider the SDK asks the compiler which variables it captures. The answer follows from
// the text alone, so that it holds as long as the text, the SDK and the compiler are the same; then the
// compiler, which is large, is not even loaded.
const { createHash, randomUUID } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const v8 = require("node:v8");

/**
 * Puts the cache before the exported `parseFunction`.
 *
 * @param module exports of @pulumi/pulumi/runtime/closure/parseFunction
 * @param folder where the file lies
 * @param setting what the answers depend on beside the text: root of the program, versions
 */
exports.cacheParsedFunctions = (module, folder, setting) => {
  const key = createHash("sha256").update(setting).digest("hex").slice(0, 16);
  const file = path.join(folder, `parsed-functions-${key}`);
  const before = read(file);
  const used = new Map();
  const { parseFunction } = module;
  module.parseFunction = (text) => {
    let answer = used.get(text) ?? before.get(text);
    answer ??= v8.serialize(parseFunction(text));
    used.set(text, answer);
    // A copy of its own for each caller, who may write into it.
    return v8.deserialize(answer);
  };
  process.on("exit", () => {
    if (used.size === 0 || [...used.keys()].every((text) => before.has(text))) return;
    const unfinished = `${file}.${randomUUID()}`;
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.writeFileSync(unfinished, v8.serialize(used), { mode: 0o600 });
    fs.renameSync(unfinished, file);
  });
};

/** Nothing, where it was never written or cannot be read: it is only a cache. */
function read(file) {
  try {
    return v8.deserialize(fs.readFileSync(file));
  } catch {
    return new Map();
  }
}
