/** Says what is done next, with the seconds since this process began. */
export function say(text: string): void {
  console.log(`[${process.uptime().toFixed(1).padStart(6)} s] ${text}`);
}

/**
 * Runs a program: its exit code is what `main` gives, or 1 and the message of what it throws. What is printed goes
 * nowhere once the reader has seen enough (`| head`); the work itself goes on.
 */
export function runProgram(main: (args: string[]) => Promise<number | undefined>): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  main(process.argv.slice(2)).then(
    (code = 0) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    },
  );
}
