// Loaded by sdk-shortcuts.cjs: asks V8's inspector about each function once, and about scripts when an error names them.
//
// To serialise a dynamic provider the SDK asks the inspector where each function stands, and for each variable that it
// captures what the scopes around it hold: four messages a variable, thousands in all, most of them about what was asked
// before. Scopes are V8's copies of what the variables hold at the time, so they are remembered for one turn
// of the event loop only: no other code of the program changes a variable meanwhile.
//
// Which file a function is from stands in error messages alone, and takes the debugger: with it V8 reports every script that
// is loaded, with a hash of its text. The SDK has it on from the start; here it is when serialising has failed.
const inspector = require("node:inspector");

/**
 * Puts the memory before the exported `getFunctionLocationAsync` and `lookupCapturedVariableValueAsync`. A location's file is
 * empty until `nameFiles` of what is returned is called.
 *
 * @param module exports of @pulumi/pulumi/runtime/closure/v8
 */
exports.rememberScopes = (module) => {
  const { getFunctionLocationAsync, lookupCapturedVariableValueAsync } = module;
  const session = new inspector.Session();
  session.connect();
  const inspect = createInspection(session);
  const files = new Map();
  // What is not found is asked, or complained of, in the SDK's own way.
  module.getFunctionLocationAsync = async (func) => {
    const { location } = inspect(func);
    if (!location) return getFunctionLocationAsync(func);
    const { scriptId, lineNumber: line = 0, columnNumber: column = 0 } = location;
    return { file: files.get(scriptId) ?? "", line, column };
  };
  module.lookupCapturedVariableValueAsync = async (func, name, throwOnFailure) => {
    const found = inspect(func)
      .scopes()
      .find((scope) => name in scope);
    return found ? found[name] : lookupCapturedVariableValueAsync(func, name, throwOnFailure);
  };
  const nameFiles = () => {
    session.on("Debugger.scriptParsed", ({ params }) => files.set(params.scriptId, params.url));
    // Tells of all scripts that are there, before `post` returns.
    session.post("Debugger.enable");
  };
  return { nameFiles };
};

/**
 * Puts another try behind the exported `createClosureInfoAsync` where one has failed, so that the error names files.
 *
 * @param module exports of @pulumi/pulumi/runtime/closure/createClosure
 * @param nameFiles that of `rememberScopes`
 */
exports.nameFilesInErrors = (module, nameFiles) => {
  const { createClosureInfoAsync } = module;
  let isNaming = false;
  module.createClosureInfoAsync = async (...args) => {
    try {
      return await createClosureInfoAsync(...args);
    } catch (error) {
      if (!isNaming) nameFiles();
      isNaming = true;
      await createClosureInfoAsync(...args);
      throw error;
    }
  };
};

/**
 * Gives a function's location and the scopes around it, the innermost first; undefined and none where the inspector does
 * not tell them.
 */
function createInspection(session) {
  /**
   * Where inspected code and this file find each other's objects. Nothing is left there: the SDK takes each function that it
   * finds below `globalThis` for one that every process has, and writes its name there in place of its text.
   */
  const desk = {};
  Object.defineProperty(globalThis, "__engineInspection", { value: desk, enumerable: false });
  // Without threads between them the answer is there when `post` returns.
  const post = (method, parameters) => {
    let answer;
    session.post(method, parameters, (error, result) => {
      answer = error || result.exceptionDetails ? undefined : result;
    });
    return answer;
  };
  const readScopes = (objectId) => {
    desk.scopes = [];
    post("Runtime.callFunctionOn", {
      objectId,
      functionDeclaration: "function () { __engineInspection.scopes = this; }",
    });
    // Like an array, and none.
    const { scopes: list } = desk;
    desk.scopes = undefined;
    return Array.from({ length: list.length }, (_, index) => list[index].object).filter(Boolean);
  };
  const read = (func) => {
    desk.func = func;
    const objectId = post("Runtime.evaluate", { expression: "__engineInspection.func" })?.result
      .objectId;
    desk.func = undefined;
    const properties = objectId && post("Runtime.getProperties", { objectId, ownProperties: true });
    const internal = (wanted) =>
      properties?.internalProperties?.find(({ name }) => name === wanted)?.value;
    const scopesId = internal("[[Scopes]]")?.objectId;
    let scopes;
    return {
      location: internal("[[FunctionLocation]]")?.value,
      scopes: () => {
        scopes ??= scopesId ? readScopes(scopesId) : [];
        return scopes;
      },
    };
  };
  let remembered = new Map();
  return (func) => {
    let known = remembered.get(func);
    if (known) return known;
    if (remembered.size === 0) {
      setImmediate(() => {
        remembered = new Map();
      });
    }
    known = read(func);
    remembered.set(func, known);
    return known;
  };
}
