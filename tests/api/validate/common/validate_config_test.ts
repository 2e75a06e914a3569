import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { ConfigMap, Secret } from "../../../../src/api/types/core.ts";
import { validateCreate } from "../../../../src/api/kinds/creation.ts";

const CONFIG_KEY =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const MEBIBYTE = 1024 * 1024;
const metadata = { name: "m" };

const configMaps: readonly (readonly [string, Partial<ConfigMap>, readonly string[]])[] = [
  ["nothing in it", {}, []],
  ["a name has to be there", { metadata: { name: "" } }, [
    "metadata.name: Required value: name or generateName is required",
  ]],
  ["keys have a form", { data: { "a b": "", "a.b": "" }, binaryData: { "/": "" } }, [
    `data[a b]: Invalid value: "a b": ${CONFIG_KEY}`,
    `binaryData[/]: Invalid value: "/": ${CONFIG_KEY}`,
  ]],
  ["keys are not folders", { data: { ".": "", "..": "", "..a": "" } }, [
    `data[.]: Invalid value: ".": must not be '.'`,
    `data[..]: Invalid value: "..": must not be '..'`,
    `data[..a]: Invalid value: "..a": must not start with '..'`,
  ]],
  ["a key is there once", { data: { a: "" }, binaryData: { a: "" } }, [
    'data[a]: Invalid value: "a": duplicate of key present in binaryData',
  ]],
  ["a mebibyte fits", { data: { a: "é".repeat(MEBIBYTE / 2) } }, []],
  ["a byte more does not", { data: { a: "é".repeat(MEBIBYTE / 2) }, binaryData: { b: "AA==" } }, [
    `: Too long: may not be more than ${MEBIBYTE} bytes`,
  ]],
];
for (const [what, fields, expected] of configMaps) {
  Deno.test(`validateCreate() R-VALID-65, of a ConfigMap: ${what}`, () => {
    const errors = validateCreate({ apiVersion: "v1", kind: "ConfigMap", metadata, ...fields });
    deepEqual(errors.map((it) => `${it.field}: ${it.message}`), expected);
  });
}

const secrets: readonly (readonly [string, Partial<Secret>, readonly string[]])[] = [
  ["nothing in it", {}, []],
  ["keys have a form, wherever they are", { data: { "a b": "" }, stringData: { "c d": "" } }, [
    `data[a b]: Invalid value: "a b": ${CONFIG_KEY}`,
    `data[c d]: Invalid value: "c d": ${CONFIG_KEY}`,
  ]],
  ["a key in both is said once, and counted as the text", {
    data: { "a b": btoa("x".repeat(MEBIBYTE)) },
    stringData: { "a b": "x" },
  }, [`data[a b]: Invalid value: "a b": ${CONFIG_KEY}`]],
  ["base64 is counted decoded", { data: { a: btoa("x".repeat(MEBIBYTE)) } }, []],
  ["texts are counted too", { stringData: { a: "x".repeat(MEBIBYTE + 1) } }, [
    `data: Too long: may not be more than ${MEBIBYTE} bytes`,
  ]],
  ["a TLS secret has two keys", { type: "kubernetes.io/tls", stringData: { "tls.crt": "x" } }, [
    "data[tls.key]: Required value",
  ]],
  ["a basic-auth secret has one of two", { type: "kubernetes.io/basic-auth" }, [
    "data[username]: Required value",
    "data[password]: Required value",
  ]],
  ["a token's account", { type: "kubernetes.io/service-account-token" }, [
    "metadata.annotations[kubernetes.io/service-account.name]: Required value",
  ]],
];
for (const [what, fields, expected] of secrets) {
  Deno.test(`validateCreate() R-VALID-65, of a Secret: ${what}`, () => {
    const errors = validateCreate({ apiVersion: "v1", kind: "Secret", metadata, ...fields });
    deepEqual(errors.map((it) => `${it.field}: ${it.message}`), expected);
  });
}

const dockerConfigs: readonly (readonly [text: string, fault: string | undefined])[] = [
  ['{"auths": {}}', undefined],
  ["null", undefined],
  ["", "unexpected end of JSON input"],
  ["hello", "invalid character 'h' looking for beginning of value"],
  ["[]", "json: cannot unmarshal array into Go value of type map[string]interface {}"],
  ["7", "json: cannot unmarshal number into Go value of type map[string]interface {}"],
];
for (const [text, fault] of dockerConfigs) {
  Deno.test(`validateCreate() of a Secret with a docker config ${JSON.stringify(text)}`, () => {
    for (const given of [{ data: btoa(text) }, { stringData: text }]) {
      const [[field, value]] = Object.entries(given) as [[string, string]];
      const errors = validateCreate({
        apiVersion: "v1",
        kind: "Secret",
        metadata,
        type: "kubernetes.io/dockerconfigjson",
        [field]: { ".dockerconfigjson": value },
      });
      deepEqual(
        errors.map((it) => `${it.field}: ${it.message}`),
        fault === undefined ? [] : [
          `data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": ${fault}`,
        ],
      );
    }
  });
}

Deno.test("validateCreate() of a Secret takes a type that Object.prototype has", () => {
  deepEqual(
    validateCreate({ apiVersion: "v1", kind: "Secret", metadata, type: "constructor" }),
    [],
  );
});
