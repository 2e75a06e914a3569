/**
 * A certificate of the server's own, which clients trust because they are handed it.
 *
 * Rule: RFC 5280, section 4.1, in the encoding of X.690; RFC 5480 and RFC 5758 for P-256.
 */
import { concatBytes } from "../../base/bytes.ts";
import { createKeyPair } from "../identity/key_pair.ts";

/** A certificate and its private key, both in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate is made for. */
export interface CertificateRequest {
  /** Names and IP addresses under which the server is reached. */
  readonly names: readonly string[];
  /** Wall clock, in ms since 1970. */
  readonly now: number;
}

const DAY_MS = 86_400_000;
/** As long as the certificates of kubeadm. */
const VALID_DAYS = 365;

/** Makes a key and signs its certificate with it. */
export async function createCertificate(
  { names, now }: CertificateRequest,
): Promise<Certificate> {
  const { publicKey, privateKey } = await createKeyPair();
  const publicInfo = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
  const serial = crypto.getRandomValues(new Uint8Array(16));
  serial[0] = serial[0]! & 0x7f | 0x40; // Positive, and of full length.
  const name = sequence(set(sequence(objectId("2.5.4.3"), utf8("podling"))));
  const signing = sequence(objectId("1.2.840.10045.4.3.2"));
  const body = sequence(
    element(0xa0, integer(Uint8Array.of(2))),
    integer(serial),
    signing,
    name,
    // A clock that is set back a little does not make it invalid.
    sequence(time(now - DAY_MS), time(now + VALID_DAYS * DAY_MS)),
    name,
    publicInfo,
    element(0xa3, sequence(...extensions(names))),
  );
  const raw = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, body);
  const signature = new Uint8Array(raw);
  const signed = sequence(
    body,
    signing,
    bits(sequence(unsigned(signature.subarray(0, 32)), unsigned(signature.subarray(32)))),
  );
  const privateInfo = new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey));
  return { cert: pem("CERTIFICATE", signed), key: pem("PRIVATE KEY", privateInfo) };
}

/** A server's, for these names; not an authority's: some clients take such a one for no server. */
function extensions(names: readonly string[]): Uint8Array<ArrayBuffer>[] {
  const critical = Uint8Array.of(0x01, 0x01, 0xff);
  const octets = (value: Uint8Array) => element(0x04, value);
  return [
    // Digital signature.
    sequence(objectId("2.5.29.15"), critical, octets(element(0x03, Uint8Array.of(7, 0x80)))),
    sequence(objectId("2.5.29.37"), octets(sequence(objectId("1.3.6.1.5.5.7.3.1")))),
    sequence(objectId("2.5.29.17"), octets(sequence(...names.map(alternativeName)))),
  ];
}

function alternativeName(name: string): Uint8Array<ArrayBuffer> {
  const address = /^\d+\.\d+\.\d+\.\d+$/.test(name)
    ? Uint8Array.from(name.split("."), Number)
    : name.includes(":")
    ? parseIpv6(name)
    : undefined;
  return address ? element(0x87, address) : element(0x82, new TextEncoder().encode(name));
}

/** The 16 bytes of an address as it is written. */
function parseIpv6(text: string): Uint8Array {
  const [head = "", tail] = text.split("::");
  const groups = (part: string) => part === "" ? [] : part.split(":").map((it) => parseInt(it, 16));
  const first = groups(head);
  const last = tail === undefined ? [] : groups(tail);
  const zeros = Array<number>(Math.max(0, 8 - first.length - last.length)).fill(0);
  return Uint8Array.from([...first, ...zeros, ...last].flatMap((it) => [it >> 8, it & 0xff]));
}

/** One value of DER: its tag, its length and what it is made of. */
function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = concatBytes(parts);
  const { length } = content;
  const size = length < 0x80
    ? [length]
    : length < 0x100
    ? [0x81, length]
    : [0x82, length >> 8, length & 0xff];
  return concatBytes([Uint8Array.of(tag, ...size), content]);
}

function sequence(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return element(0x30, ...parts);
}

function set(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return element(0x31, ...parts);
}

function integer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return element(0x02, bytes);
}

/** A number of which the highest bit is not a sign. */
function unsigned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const start = bytes.findIndex((it) => it !== 0);
  const trimmed = bytes.subarray(start < 0 ? bytes.length - 1 : start);
  return integer(trimmed[0]! >= 0x80 ? concatBytes([Uint8Array.of(0), trimmed]) : trimmed);
}

function bits(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return element(0x03, Uint8Array.of(0), bytes);
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return element(0x0c, new TextEncoder().encode(text));
}

/** UTCTime, which names years until 2049, as RFC 5280 asks for. */
function time(wallMs: number): Uint8Array<ArrayBuffer> {
  const text = new Date(wallMs).toISOString().replace(/^..|[-:T]|\.\d+/g, "");
  return element(0x17, new TextEncoder().encode(text));
}

function objectId(text: string): Uint8Array<ArrayBuffer> {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes = rest.flatMap((arc) => {
    const septets = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) septets.unshift(left & 0x7f | 0x80);
    return septets;
  });
  return element(0x06, Uint8Array.of(first * 40 + second, ...bytes));
}

function pem(label: string, bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
