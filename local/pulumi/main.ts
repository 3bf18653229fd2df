import { tolerateClosedPipes } from "../closed-pipe";
import { Progress } from "../cluster/progress";
import { downloadPlugins, hasPlugins, installPulumi, removeCompilerCaches } from "./install";

const usage = `usage: tsx local/pulumi/main.ts COMMAND
  install [CLI]  see to it that there is a Pulumi CLI with its plugins: CLI with the plugins that it can download, else
                 both compiled here, unless they are
  tidy           remove what the compiler needed, some 8 GB, once nothing is left to be compiled`;

async function main([command, cli = ""]: readonly string[]): Promise<number> {
  const progress = new Progress();
  const say = (text: string) => progress.stage(text);
  switch (command) {
    case "install":
      if (cli !== "" && (hasPlugins(process.env) || (await downloadPlugins(cli)))) return 0;
      if (cli !== "") say(`${cli} cannot download its plugins here: they are compiled`);
      await installPulumi(say);
      return 0;
    case "tidy":
      removeCompilerCaches();
      return 0;
    default:
      console.error(usage);
      return 2;
  }
}

tolerateClosedPipes();
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
