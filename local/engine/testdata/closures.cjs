// Functions for captured-variables.test.ts, loaded after the SDK has begun to listen for scripts.
const { Socket } = require("node:net");

const twice = (value) => 2 * value;
exports.serialisable = () => [1, 2].map(twice);

const nativeOne = new Socket().connect.bind(null);
const inner = () => nativeOne();
exports.unserialisable = () => inner();
