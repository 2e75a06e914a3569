/**
 * Libraries that rules in CEL have in Kubernetes: `sets`, `format`, `ip` and `cidr`.
 *
 * Rule: Kubernetes, apiserver, pkg/cel/library/format.go, ip.go and cidr.go; cel-go, ext/sets.go.
 */
// @ts-types="cel-js-types"
import { Optional } from "cel-js";
import {
  dns1035LabelDetails,
  dnsLabelDetails,
  dnsSubdomainDetails,
  ipDetails,
  labelValueDetails,
  qualifiedNameDetails,
} from "../../validate/common/validate_value.ts";
import { findFormat } from "../formats.ts";
import { isSameValue, type RuleLibrary } from "./rule_functions.ts";

class Sets {}

class Formats {}

class Format {
  readonly detailsOf: Details;

  constructor(detailsOf: Details) {
    this.detailsOf = detailsOf;
  }
}

type Details = (text: string) => readonly string[];

const known = (format: string, detail: string): Details => (text) =>
  findFormat({ format })!(text) ? [] : [detail];

const FORMATS: Readonly<Record<string, Details>> = {
  dns1123Label: dnsLabelDetails,
  dns1123Subdomain: dnsSubdomainDetails,
  dns1035Label: dns1035LabelDetails,
  qualifiedName: qualifiedNameDetails,
  labelValue: labelValueDetails,
  uri: known("uri", "invalid URI"),
  uuid: known("uuid", "does not match the UUID format"),
  byte: known("byte", "invalid base64"),
  date: known("date", "invalid date"),
  datetime: known("datetime", "invalid datetime"),
};

/** An IP address, as the number of its bits. */
class Address {
  readonly text: string;
  readonly isLong: boolean;
  readonly bits: bigint;

  constructor(text: string) {
    if (ipDetails(text).length > 0) {
      throw new TypeError(`IP Address ${JSON.stringify(text)} parse error during conversion`);
    }
    this.text = text;
    this.isLong = text.includes(":");
    this.bits = this.isLong ? readLong(text) : readShort(text);
  }
}

/** A range of addresses. */
class Range {
  readonly address: Address;
  readonly length: number;

  constructor(text: string) {
    if (!findFormat({ format: "cidr" })!(text)) {
      throw new TypeError(
        `network address parse error during conversion from string: invalid CIDR address: ${text}`,
      );
    }
    const [address = "", length = ""] = text.split("/");
    this.address = new Address(address);
    this.length = Number(length);
  }

  contains({ isLong, bits }: Address): boolean {
    const rest = BigInt((isLong ? 128 : 32) - this.length);
    return isLong === this.address.isLong && bits >> rest === this.address.bits >> rest;
  }
}

/** Adds the libraries. */
export function addRuleLibraries(environment: RuleLibrary): void {
  addSets(environment);
  addFormats(environment);
  addAddresses(environment);
}

function addSets(environment: RuleLibrary): void {
  environment.registerType("kubernetes.Sets", Sets);
  environment.registerConstant("sets", "kubernetes.Sets", new Sets());
  const contains = (list: readonly unknown[], part: readonly unknown[]) =>
    part.every((it) => list.some((other) => isSameValue(it, other)));
  const add = (
    name: string,
    decide: (list: readonly unknown[], other: readonly unknown[]) => boolean,
  ) =>
    environment.registerFunction(
      `kubernetes.Sets.${name}(list<dyn>, list<dyn>): bool`,
      (_: Sets, list: readonly unknown[], other: readonly unknown[]) => decide(list, other),
    );
  add("contains", contains);
  add("equivalent", (list, other) => contains(list, other) && contains(other, list));
  add("intersects", (list, other) => list.some((it) => contains(other, [it])));
}

function addFormats(environment: RuleLibrary): void {
  environment.registerType("kubernetes.Formats", Formats);
  environment.registerType("kubernetes.NamedFormat", Format);
  environment.registerConstant("format", "kubernetes.Formats", new Formats());
  for (const [name, detailsOf] of Object.entries(FORMATS)) {
    const format = new Format(detailsOf);
    environment.registerFunction(
      `kubernetes.Formats.${name}(): kubernetes.NamedFormat`,
      () => format,
    );
  }
  environment.registerFunction(
    "kubernetes.NamedFormat.validate(string): optional<list<string>>",
    ({ detailsOf }: Format, text: string) => {
      const details = detailsOf(text);
      return details.length === 0 ? Optional.none() : Optional.of([...details]);
    },
  );
}

function addAddresses(environment: RuleLibrary): void {
  environment.registerType("kubernetes.IP", Address);
  environment.registerType("kubernetes.CIDR", Range);
  const add = (signature: string, handler: (...values: never[]) => unknown) =>
    environment.registerFunction(signature, handler);
  add("ip(string): kubernetes.IP", (text: string) => new Address(text));
  add("cidr(string): kubernetes.CIDR", (text: string) => new Range(text));
  add("string(kubernetes.IP): string", ({ text }: Address) => text);
  add("kubernetes.IP.family(): int", ({ isLong }: Address) => isLong ? 6n : 4n);
  add("kubernetes.IP.isUnspecified(): bool", ({ bits }: Address) => bits === 0n);
  add(
    "kubernetes.IP.isLoopback(): bool",
    ({ isLong, bits }: Address) => isLong ? bits === 1n : bits >> 24n === 127n,
  );
  add("kubernetes.CIDR.ip(): kubernetes.IP", ({ address }: Range) => address);
  add("kubernetes.CIDR.prefixLength(): int", ({ length }: Range) => BigInt(length));
  add(
    "kubernetes.CIDR.containsIP(string): bool",
    (range: Range, text: string) => range.contains(new Address(text)),
  );
  add(
    "kubernetes.CIDR.containsIP(kubernetes.IP): bool",
    (range: Range, ip: Address) => range.contains(ip),
  );
  const includes = (range: Range, { length, address }: Range) =>
    length >= range.length && range.contains(address);
  add(
    "kubernetes.CIDR.containsCIDR(string): bool",
    (range: Range, text: string) => includes(range, new Range(text)),
  );
  add("kubernetes.CIDR.containsCIDR(kubernetes.CIDR): bool", includes);
}

function readShort(text: string): bigint {
  return text.split(".").reduce((bits, it) => bits << 8n | BigInt(it), 0n);
}

function readLong(text: string): bigint {
  const parts = (half: string) =>
    half === "" ? [] : half.split(":").flatMap((it): readonly bigint[] => {
      if (!it.includes(".")) return [BigInt(`0x${it}`)];
      const bits = readShort(it);
      return [bits >> 16n, bits & 0xffffn];
    });
  const [head = "", tail = ""] = text.split("::");
  const [first, last] = [parts(head), parts(tail)];
  const gap = Array<bigint>(Math.max(8 - first.length - last.length, 0)).fill(0n);
  return [...first, ...gap, ...last].reduce((bits, it) => bits << 16n | it, 0n);
}
