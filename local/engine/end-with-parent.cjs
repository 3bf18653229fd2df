// Preloaded into the engine's child processes. Their standard input is a pipe that the engine holds:
// its end means that the engine is gone, even by SIGKILL, and nobody would ever stop them.
process.stdin.on("end", () => process.exit(1));
process.stdin.on("error", () => process.exit(1));
process.stdin.resume();
process.stdin.unref?.();
