// Preloaded into the program (NODE_OPTIONS): keeps what ts-node makes of each of its files, by the file's content.
//
// The SDK has ts-node transpile the whole program at every run, which takes as long as the program itself. The text is
// ts-node's own, so that the source of dynamic providers, which the state keeps, is the same with and without this.
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

const load = Module._load;
Module._load = function (request, ...rest) {
  const found = load.call(this, request, ...rest);
  if (request === "ts-node") {
    Module._load = load;
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
