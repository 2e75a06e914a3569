/**
 * ConfigMaps and Secrets (R-VALID-65).
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, ValidateConfigMap and ValidateSecret.
 */
import { ownValue } from "../../../base/plain_data.ts";
import type { ConfigMap, Secret } from "../../types/core.ts";
import { invalid, required, tooLong } from "../../types/errors.ts";
import { validateObjectMeta } from "./validate_meta.ts";
import { byteLength, configKeyDetails, type FieldErrors, validateValue } from "./validate_value.ts";

/** All values of an object together, in bytes. */
const MAX_DATA = 1024 * 1024;

/** Keys that a Secret of a type must have. */
const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
};

/** What is wrong with a ConfigMap. */
export function* configMapErrors({ metadata, data = {}, binaryData = {} }: ConfigMap): FieldErrors {
  yield* validateObjectMeta(metadata);
  let size = 0;
  for (const [key, value] of Object.entries(data)) {
    yield* validateValue(`data[${key}]`, key, configKeyDetails);
    if (Object.hasOwn(binaryData, key)) {
      yield invalid(`data[${key}]`, key, "duplicate of key present in binaryData");
    }
    size += byteLength(value);
  }
  for (const [key, value] of Object.entries(binaryData)) {
    yield* validateValue(`binaryData[${key}]`, key, configKeyDetails);
    size += base64Size(value);
  }
  if (size > MAX_DATA) yield tooLong("", MAX_DATA);
}

/**
 * What is wrong with a Secret, its `stringData` folded into `data`; its values are in no message.
 */
export function* secretErrors({ metadata, data = {}, type = "" }: Secret): FieldErrors {
  yield* validateObjectMeta(metadata);
  let size = 0;
  for (const [key, value] of Object.entries(data)) {
    yield* validateValue(`data[${key}]`, key, configKeyDetails);
    size += base64Size(value);
  }
  if (size > MAX_DATA) yield tooLong("data", MAX_DATA);

  const has = (key: string) => Object.hasOwn(data, key);
  if (type === "kubernetes.io/basic-auth" && !has("username") && !has("password")) {
    yield required("data[username]");
    yield required("data[password]");
  }
  for (const key of ownValue(REQUIRED_KEYS, type) ?? []) {
    if (!has(key)) yield required(`data[${key}]`);
    else if (key.startsWith(".docker")) {
      const text = decodeBase64(data[key]!);
      const fault = text === undefined ? undefined : findJsonFault(text);
      if (fault !== undefined) yield invalid(`data[${key}]`, "<secret contents redacted>", fault);
    }
  }
  const account = "kubernetes.io/service-account.name";
  if (type === "kubernetes.io/service-account-token" && !metadata.annotations?.[account]) {
    yield required(`metadata.annotations[${account}]`);
  }
}

/** Undefined for what is not base64 of UTF-8: decoding has refused it, or it is not text. */
function decodeBase64(text: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(text), (it) => it.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Why a text is not a JSON object, in the words of Go's decoder; undefined if it is one, or null.
 */
function findJsonFault(text: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const first = text.trimStart().charAt(0);
    if (first === "") return "unexpected end of JSON input";
    return /[[{"\-\dtfn]/.test(first)
      ? "invalid JSON"
      : `invalid character '${first}' looking for beginning of value`;
  }
  if (typeof value === "object" && !Array.isArray(value)) return undefined;
  const type = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  return `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`;
}

/** Bytes that a base64 text stands for. */
function base64Size(text: string): number {
  const length = text.replace(/[\s=]+/g, "").length;
  return Math.floor(length * 3 / 4);
}
