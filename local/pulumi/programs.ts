import { dependencies } from "../../package.json";
import type { GoProgram } from "../go";
import type { SourcePatch } from "../go-patch";

/** The Pulumi CLI, from its own Go module. */
export const cli: GoProgram = {
  name: "pulumi",
  module: "pulumi",
  package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
  sources: [],
  main: "github.com/pulumi/pulumi/pkg/v3",
  stamps: (version) => [`github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`],
};

/** The CLI's host for Node.js programs, which no registry serves. */
export const languageHost: GoProgram = {
  name: "pulumi-language-nodejs",
  module: "pulumi",
  package: "./language",
  sources: ["language"],
};

/** A provider, as an installed plugin of its SDK's version in package.json, which is what the SDK asks for. */
function plugin(
  name: "docker" | "kubernetes" | "random",
  source: Omit<GoProgram, "name" | "stamps">,
) {
  const version = dependencies[`@pulumi/${name}`];
  const stamps = () => [`main.version=${version}`];
  const program: GoProgram = { name: `pulumi-resource-${name}`, stamps, ...source };
  return { name, version, program };
}

/**
 * The provider ends the wait for a changed StatefulSet before its rollout has begun, where it reads the object before
 * Kubernetes' controller does. The version that @pulumi/kubernetes asks for has this mended (pulumi-kubernetes #4094).
 */
const statefulSetWait: SourcePatch = {
  module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
  file: "pkg/await/statefulset.go",
  after: "\tsia.currentGeneration = statefulset.GetGeneration()\n",
  insert: `
\tif seen, _ := openapi.Pluck(statefulset.Object, "status", "observedGeneration"); seen != sia.currentGeneration {
\t\treturn
\t}
`,
};

const own = (name: "docker" | "random") =>
  plugin(name, { module: "pulumi", package: `./${name}`, sources: [name, "internal/provider"] });

/** The providers: of Kubernetes the real one, of random and Docker, which no registry serves, what the program uses. */
export const plugins = [
  own("random"),
  own("docker"),
  plugin("kubernetes", {
    module: "cluster/kubernetes",
    package: "./pulumi-provider",
    sources: ["pulumi-provider"],
    main: statefulSetWait.module,
    patch: statefulSetWait,
  }),
];

/** All that is compiled for Pulumi, in the order in which it is. */
export const pulumiPrograms: readonly GoProgram[] = [
  cli,
  languageHost,
  ...plugins.map(({ program }) => program),
];

/** The tests of what is ours of it. */
export const pulumiTests: readonly GoProgram[] = ["language", "random", "docker"].map((name) => ({
  name: `${name}.test`,
  module: "pulumi",
  package: `./${name}`,
  sources: [name, "internal/provider", "internal/test"],
  isTest: true,
}));
