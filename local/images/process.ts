import { type CommandOptions, run as runCommand } from "../command";

export { hasProgram as isInstalled } from "../command";

/** As in command.ts, for as long as the command takes. */
export function run(command: string, args: string[], options?: CommandOptions): Promise<string> {
  return runCommand(command, args, { timeoutMs: 0, ...options });
}
