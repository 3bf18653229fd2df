import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";
import { manifestsOf, registeredResources } from "../render";

const page = readFileSync(join(__dirname, "..", "docs", "images.md"), "utf8");

/** The table's rows, by the last part of the image's name. */
const rows = new Map(
  [...page.matchAll(/^\| `[\w.]+\/\w+\/([\w-]+)` \|.*$/gm)].map(([row, name]) => [name, row]),
);

const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).default([]),
  startupProbe: z
    .looseObject({ exec: z.object({ command: z.array(z.string()) }).optional() })
    .optional(),
  volumeMounts: z.array(
    z.looseObject({
      mountPath: z.string(),
      readOnly: z.boolean().optional(),
      subPath: z.string().optional(),
    }),
  ),
});
const workload = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        securityContext: z.looseObject({ runAsUser: z.number() }),
        containers: z.array(container),
        initContainers: z.array(container).default([]),
      }),
    }),
  }),
});

/** What a container needs of its image. */
function needs({ command, startupProbe, volumeMounts }: z.infer<typeof container>): string[] {
  const probe = startupProbe?.exec?.command ?? [];
  const classPath = command[command.indexOf("-cp") + 1];
  return [
    ...[command[0], probe[0]].filter((program) => program !== undefined),
    ...(command.includes("-cp") && classPath ? [classPath] : []),
    ...(command.includes("java") ? ["java"] : []),
    ...(command.includes("--python") ? [command[command.indexOf("--python") + 1] ?? ""] : []),
    ...volumeMounts
      .filter(({ mountPath, readOnly }) => !readOnly && mountPath !== "/tmp")
      .map(({ mountPath }) => mountPath),
  ];
}

const producers = { producerMode: "both" };
const registry = { imageRegistry: "registry.example.com" };

describe("docs/images.md", () => {
  for (const [stack, overrides] of [
    ["local", producers],
    ["rehearsal", producers],
    ["dev", producers],
    ["staging", { ...producers, ...registry }],
  ] as const) {
    it(`names user, programs, class path and writable folders of each container of ${stack}`, async () => {
      const manifests = manifestsOf(await registeredResources(stack, overrides));
      const owners = manifests.filter(({ kind }) => /^(Deployment|StatefulSet|Job)$/.test(kind));
      for (const owner of owners) {
        const { spec } = workload.parse(owner).spec.template;
        for (const one of [...spec.initContainers, ...spec.containers]) {
          const name = one.image.replace(/:[^:/]*$/, "").replace(/.*\//, "");
          // The producer's own image is made of Node's.
          const row = rows.get(name === "producer" ? "node" : name) ?? "";
          const where = `${owner.kind}/${owner.metadata.name}, ${one.name}`;
          assert.match(row, new RegExp(`\\| ${spec.securityContext.runAsUser}, `), where);
          for (const need of needs(one))
            assert.ok(row.includes(`\`${need}\``), `${where}: ${need}`);
        }
      }
    });
  }

  it("has the extensions that Druid loads in dev and staging", async () => {
    for (const [stack, overrides] of [
      ["dev", {}],
      ["staging", registry],
    ] as const) {
      const text = JSON.stringify(manifestsOf(await registeredResources(stack, overrides)));
      const [, list] = /druid\.extensions\.loadList=\[([^\]]*)\]/.exec(text) ?? [];
      const loaded = list?.match(/[\w-]+/g) ?? [];
      assert.ok(loaded.length >= 3, String(list));
      for (const extension of loaded) assert.ok(page.includes(`\`${extension}\``), extension);
    }
  });
});
