/** Says what is done next, with the seconds since this process began. */
export function say(text: string): void {
  console.log(`[${process.uptime().toFixed(1).padStart(6)} s] ${text}`);
}

/**
 * Runs the command that the first argument names, with the arguments after it: its exit code is 0, 1 where the command
 * gives false, or 2 and the usage where there is no such command.
 */
export function runCommands(
  usage: string,
  commands: Readonly<Record<string, (args: string[]) => Promise<unknown>>>,
): void {
  runProgram(async ([name = "", ...args]) => {
    const command = commands[name];
    if (command) return (await command(args)) === false ? 1 : 0;
    console.error(usage);
    return 2;
  });
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
