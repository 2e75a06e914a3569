/** Objects that a run leaves out: what is wrong with them, and what is reported. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { parseManifest } from "../../../src/api/manifest/manifest.ts";
import { formatManifestErrors } from "../../../src/cli/manifest/manifests.ts";
import { checkOthers, describeIgnored } from "../../../src/cli/manifest/other_objects.ts";

const POD =
  "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c}]}\n---\n";
const INGRESS = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: s}\n---\n";
const CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n---\n";
const podTemplate = (container: string) =>
  "apiVersion: v1\nkind: PodTemplate\nmetadata: {name: d}\n" +
  `template: {spec: {containers: [${container}]}}\n---\n`;
const GOOD = "{name: c, image: i}";

function load(text: string) {
  const { documents, others, errors } = parseManifest(text, { file: "f" });
  return {
    documents: documents.map((it) => ({ ...it, folder: "/" })),
    others,
    errors: errors.map((it) => ({ ...it, file: "f" })),
  };
}

const NO_POD = "is left out, and there is no Pod to run";
const rows: [name: string, text: string, errors: string[]][] = [
  ["an Ingress beside a Pod", POD + INGRESS, []],
  ["a PodTemplate beside a Pod", POD + podTemplate(GOOD), []],
  ["a ConfigMap alone", CONFIG_MAP, []],
  ["an Ingress alone", INGRESS, [`f:2:1: kind: Ingress ${NO_POD}`]],
  ["an Ingress and what cannot be read", `${INGRESS}kind: [`, []],
  ["a PodTemplate alone", CONFIG_MAP + podTemplate(GOOD), [
    `f:6:1: kind: PodTemplate ${NO_POD}; template runs as a Pod of its own: ` +
    "apiVersion v1, kind Pod, a metadata.name",
  ]],
  ["a mistake in a template", POD + podTemplate("{name: C_, image: i}"), [
    'f:9:33: template.spec.containers[0].name: Invalid value: "C_": ' +
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must " +
    "start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for " +
    "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  ]],
  [
    "what one machine does not have in a template",
    POD + podTemplate(
      "{name: c, image: i, volumeDevices: []}], volumes: [{name: v, nfs: {server: s, path: /p}}",
    ),
    [],
  ],
  ["an object without a name", `${POD}apiVersion: networking.k8s.io/v1\nkind: Ingress\n`, [
    "f:6:1: metadata.name: Required value: name or generateName is required",
  ]],
];
for (const [name, text, errors] of rows) {
  Deno.test(`checkOthers() of ${name}`, () => {
    deepEqual(formatManifestErrors(checkOthers(load(text), false)), errors);
  });
}

Deno.test("checkOthers() with --strict refuses what is left out", () => {
  deepEqual(formatManifestErrors(checkOthers(load(POD + INGRESS), true)), [
    "f:7:1: kind: Ingress is not run here: nothing leads to a Pod by it " +
    "(without --strict it is left out)",
  ]);
});

Deno.test("describeIgnored() says which object is left out, and where it stands", () => {
  deepEqual(describeIgnored(load(POD + INGRESS).others), [{
    object: "Ingress default/s",
    message: "Ingress default/s is left out: nothing leads to a Pod by it",
    line: 7,
    column: 1,
  }]);
});
