import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Rule } from "../facts";
import { beyondRules, checkRights, neededRights } from "./rights";

const rule = (changes: Partial<Rule>): Rule => ({
  verbs: ["*"],
  apiGroups: ["*"],
  resources: ["*"],
  resourceNames: [],
  ...changes,
});
const rights = neededRights(["namespaces", "statefulsets.apps"]);
const shown = (rules: Rule[]) =>
  beyondRules(rights, rules).map(({ verb, resource }) => `${verb} ${resource}`);

describe("the check of rights", () => {
  it("asks for all verbs on what is made, and for port-forwards; not for namespaces, which exist or are created", () => {
    assert.deepEqual(shown([]), [
      "get statefulsets.apps",
      "list statefulsets.apps",
      "watch statefulsets.apps",
      "create statefulsets.apps",
      "patch statefulsets.apps",
      "delete statefulsets.apps",
      "get pods",
      "list pods",
      "watch pods",
      "create pods/portforward",
    ]);
  });

  it("takes rules as Kubernetes does: by group, verb, subresource and name", () => {
    assert.deepEqual(shown([rule({})]), []);
    const apps = rule({ apiGroups: ["apps"], resources: ["statefulsets"] });
    const pods = rule({ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] });
    assert.deepEqual(shown([apps, pods]), ["create pods/portforward"]);
    assert.deepEqual(
      shown([apps, pods, rule({ apiGroups: [""], resources: ["pods/portforward"] })]),
      [],
    );
    const ofOne = rule({ resourceNames: ["kafka"] });
    assert.equal(shown([ofOne]).length, rights.length);
  });

  it("tells what is refused, and to whom", () => {
    const refused = { user: "ci", namespace: "analytics", rights: [] };
    assert.deepEqual(checkRights(refused), []);
    const [itself, within] = checkRights({
      ...refused,
      rights,
      namespaceIs: "missing",
    });
    assert.match(itself?.found ?? "", /"ci" may not create namespaces, .* namespace analytics/);
    assert.match(
      within?.found ?? "",
      /"ci" .* lacks get, list, watch, create, patch, delete: statefulsets\.apps; get, list, watch: pods; create: pods\/portforward\.$/,
    );
    const [hidden] = checkRights({ ...refused, namespaceIs: "hidden" });
    assert.equal(hidden?.severity, "warning");
    assert.match(within?.todo ?? "", /--clusterrole=admin .*--namespace=analytics/);
  });
});
