/**
 * The formats that a schema may ask of a text; pure.
 *
 * Rule: Kubernetes, kube-openapi, pkg/validation/strfmt, and apiextensions-apiserver,
 * pkg/apiserver/validation/formats.go.
 */
import {
  dnsLabelDetails,
  dnsSubdomainDetails,
  ipDetails,
} from "../validate/common/validate_value.ts";
import { parseGoDuration } from "../batch/go_duration.ts";
import type { Schema } from "./schema.ts";

/** Whether a text has a format. */
export type Format = (text: string) => boolean;

const matches = (pattern: RegExp): Format => (text) => pattern.test(text);

const isIpv4: Format = (text) => !text.includes(":") && ipDetails(text).length === 0;
const isIpv6: Format = (text) => text.includes(":") && ipDetails(text).length === 0;

const HOSTNAME =
  /^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$/u;
const CREDIT_CARD =
  /^(?:4\d{12}(?:\d{3})?|5[1-5]\d{14}|6(?:011|5\d\d)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|(?:2131|1800|35\d{3})\d{11})$/;
const RGB =
  /^rgb\(\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*\)$/;

const FORMATS: Readonly<Record<string, Format>> = {
  bsonobjectid: matches(/^[0-9a-f]{24}$/i),
  uri: (text) => /^\//.test(text) || (/^[a-z][a-z0-9+.-]*:\S+$/i.test(text) && URL.canParse(text)),
  email: matches(/^[^\s@<>]+@[^\s@<>]+$|<[^\s@<>]+@[^\s@<>]+>$/),
  hostname: (text) =>
    text.length <= 255 && text.split(".").every((it) => it.length <= 63) && HOSTNAME.test(text),
  ipv4: isIpv4,
  ipv6: isIpv6,
  cidr: isCidr,
  mac: matches(/^([0-9a-f]{2}([:-][0-9a-f]{2}){5}|[0-9a-f]{4}(\.[0-9a-f]{4}){2})$/i),
  uuid: matches(/^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i),
  uuid3: matches(/^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i),
  uuid4: matches(/^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i),
  uuid5: matches(/^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: (text) => CREDIT_CARD.test(text.replace(/\D+/g, "")),
  ssn: matches(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  hexcolor: matches(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: matches(RGB),
  byte: matches(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/),
  password: () => true,
  date: isDate,
  duration: (text) => "ms" in parseGoDuration(text) || /^\d+\s*[A-Za-zµ]+$/.test(text),
  datetime: (text) => {
    const [date = "", time = ""] = text.split(/t/i);
    const form = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(z|[+-]\d\d:\d\d)$/i;
    return isDate(date) && form.test(time);
  },
  k8sshortname: (text) => dnsLabelDetails(text).length === 0,
  k8slongname: (text) => dnsSubdomainDetails(text).length === 0,
};

/** What a schema asks of a text; undefined where it asks nothing that is known. */
export function findFormat({ format = "", type = "" }: Schema): Format | undefined {
  if (type !== "" && type !== "string") return undefined;
  const name = format.replaceAll("-", "");
  return Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
}

/** Whether a schema asks for a format that is not known, which is not checked. */
export function isUnknownFormat(schema: Schema): boolean {
  const { format = "", type = "" } = schema;
  if (format === "") return false;
  switch (type) {
    case "":
    case "string":
      return findFormat(schema) === undefined;
    case "integer":
      return format !== "int32" && format !== "int64";
    case "number":
      return format !== "float" && format !== "double";
    default:
      return true;
  }
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function isCidr(text: string): boolean {
  const [address = "", length = "", ...more] = text.split("/");
  const isLength = more.length === 0 && /^\d{1,3}$/.test(length);
  return isLength &&
    (isIpv4(address) && Number(length) <= 32 || isIpv6(address) && Number(length) <= 128);
}

function isIsbn10(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, "");
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  const sum = [...digits].reduce((all, it, i) => all + (10 - i) * (it === "X" ? 10 : +it), 0);
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, "");
  if (!/^\d{13}$/.test(digits)) return false;
  return [...digits].reduce((all, it, i) => all + +it * (i % 2 === 0 ? 1 : 3), 0) % 10 === 0;
}
