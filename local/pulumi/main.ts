import { runCommands, say } from "../program";
import {
  downloadPlugins,
  hasPlugins,
  installPulumi,
  removeCompilerCaches,
  testPlugins,
} from "./install";

const usage = `usage: tsx local/pulumi/main.ts COMMAND
  install [CLI]  see to it that there is a Pulumi CLI with its plugins: CLI with the plugins that it can download, else
                 both compiled here, unless they are
  test           run the tests of the plugins that are ours; they are compiled with the plugins, or else now
  tidy           remove what the compiler needed, some 8 GB, once nothing is left to be compiled`;

runCommands(usage, {
  install: async ([cli = ""]) => {
    if (cli !== "" && (hasPlugins(process.env) || (await downloadPlugins(cli)))) return;
    if (cli !== "") say(`${cli} cannot download its plugins here: they are compiled`);
    await installPulumi();
  },
  test: testPlugins,
  tidy: async () => removeCompilerCaches(),
});
