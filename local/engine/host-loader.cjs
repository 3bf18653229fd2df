// Preloaded into the host of dynamic resources, which loads functions that were serialised, and serialises none: what the SDK
// serialises them with is a fifth of what the host loads.
const { loadWhenUsed } = require("./lazy-modules.cjs");

const serialisers = new Set(["./closure/serializeClosure", "./closure/codePaths"]);
loadWhenUsed((request) => serialisers.has(request));
