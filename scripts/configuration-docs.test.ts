import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import { secretKeys, stackConfigSchema } from "../settings/stack-config";
import { serviceSchemas } from "../settings/values";
import { configurationPage, pagePath } from "./configuration-docs";
import { leaves, schemaFields } from "./schema-fields";

const root = join(__dirname, "..");

describe("docs/configuration.md", () => {
  const page = configurationPage();

  it("is what the schemas, Pulumi.yaml and charts-values/ say; `make docs` writes it", () => {
    assert.equal(readFileSync(join(root, pagePath), "utf8"), page);
  });

  it("has each config key with its default, and says which are secret", () => {
    for (const [key, value] of Object.entries(stackConfigSchema.parse({}))) {
      const line = page.split("\n").find((one) => one.startsWith(`| \`${key}\` | `)) ?? "";
      assert.ok(line.includes(`\`${value === "" ? '""' : value}\``), `${key}: ${line}`);
      const isSecret = secretKeys.some((one) => one === key);
      assert.equal(line.includes("*secret*"), isSecret, `${key}: ${line}`);
    }
  });

  it("has each value of each service's file", () => {
    for (const [service, schema] of Object.entries(serviceSchemas)) {
      for (const { path } of leaves(schemaFields(schema))) {
        const shortened = path.map((_, index) => `| \`${path.slice(index).join(".")}\` |`);
        assert.ok(
          shortened.some((start) => page.includes(start)) || path.includes("affinity"),
          `${service}: ${path.join(".")}`,
        );
      }
    }
  });
});

describe("charts-values/", () => {
  it("has every value of the schemas in the services' own files, so that each default is seen there", () => {
    for (const [service, schema] of Object.entries(serviceSchemas)) {
      const text = readFileSync(join(root, "charts-values", `${service}.yaml`), "utf8");
      assert.equal(schema.safeParse(parse(text)).success, true, service);
    }
  });
});

describe("schemaFields", () => {
  it("gives type, bounds and description of values within groups", () => {
    const schema = z.strictObject({
      mode: z.enum(["on", "off"]).describe("Which."),
      group: z
        .strictObject({
          port: z.int().min(1).max(65535).describe("Port."),
          names: z.array(z.string()).describe("Names."),
          more: z.record(z.string(), z.string()).describe("More."),
        })
        .describe("All of it."),
    });
    const found = leaves(schemaFields(schema)).map(({ path, type, description }) => [
      path.join("."),
      type,
      description,
    ]);
    assert.deepEqual(found, [
      ["mode", "`on`, `off`", "Which."],
      ["group.port", "whole number, 1 to 65535", "Port."],
      ["group.names", "list of texts", "Names."],
      ["group.more", "map of texts", "More."],
    ]);
  });
});
