// Loaded by program-loader.cjs: asks V8's inspector about each function once.
//
// To serialise a dynamic provider the SDK asks the inspector where each function stands, and for each variable that it
// captures what the scopes around it hold: four messages a variable, thousands in all, most of them about what was asked
// before. Scopes are V8's copies of what the variables hold at the time, so they are remembered for one turn
// of the event loop only: no other code of the program changes a variable meanwhile.
const inspector = require("node:inspector");

/**
 * Puts the memory before the exported `getFunctionLocationAsync` and `lookupCapturedVariableValueAsync`.
 *
 * @param module exports of @pulumi/pulumi/runtime/closure/v8
 */
exports.rememberScopes = (module) => {
  const { getFunctionLocationAsync, lookupCapturedVariableValueAsync } = module;
  const locations = new WeakMap();
  const scopesOf = createScopeReader();
  module.getFunctionLocationAsync = (func) => {
    let location = locations.get(func);
    location ??= getFunctionLocationAsync(func);
    locations.set(func, location);
    return location;
  };
  module.lookupCapturedVariableValueAsync = async (func, name, throwOnFailure) => {
    const found = scopesOf(func).find((scope) => name in scope);
    // What is not found is asked, or complained of, in the SDK's own way.
    return found ? found[name] : lookupCapturedVariableValueAsync(func, name, throwOnFailure);
  };
};

/** Gives the scopes around a function, the innermost first; none where the inspector does not tell them. */
function createScopeReader() {
  const session = new inspector.Session();
  session.connect();
  /** Where inspected code and this file find each other's objects. */
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
  const read = (func) => {
    desk.func = func;
    const objectId = post("Runtime.evaluate", { expression: "__engineInspection.func" })?.result
      .objectId;
    const properties = objectId && post("Runtime.getProperties", { objectId, ownProperties: true });
    const scopes = properties?.internalProperties?.find(({ name }) => name === "[[Scopes]]");
    if (!scopes?.value?.objectId) return [];
    desk.scopes = [];
    post("Runtime.callFunctionOn", {
      objectId: scopes.value.objectId,
      functionDeclaration: "function () { __engineInspection.scopes = this; }",
    });
    // Like an array, and none.
    const { scopes: list } = desk;
    return Array.from({ length: list.length }, (_, index) => list[index].object).filter(Boolean);
  };
  let remembered = new Map();
  return (func) => {
    let scopes = remembered.get(func);
    if (scopes) return scopes;
    if (remembered.size === 0) {
      setImmediate(() => {
        remembered = new Map();
      });
    }
    scopes = read(func);
    remembered.set(func, scopes);
    return scopes;
  };
}
