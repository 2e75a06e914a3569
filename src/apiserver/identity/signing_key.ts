/**
 * The key by which the tokens of service accounts are signed and recognized.
 *
 * Rule: RFC 7515 and RFC 7518, section 3.4 (ES256); Kubernetes, pkg/serviceaccount/jwt.go and
 * openidmetadata.go.
 */
import { concatBytes } from "../../base/bytes.ts";
import { parseJson } from "../../base/plain_data.ts";
import { createKeyPair, openKeyPair } from "./key_pair.ts";

const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };
/** The name of both together in a token. */
const ALGORITHM = "ES256";

/** A key of P-256. */
export class SigningKey {
  readonly #keys: CryptoKeyPair;
  /** Names it among others. */
  readonly #id: string;
  readonly #header: string;

  private constructor(keys: CryptoKeyPair, id: string) {
    this.#keys = keys;
    this.#id = id;
    this.#header = encodeJson({ alg: ALGORITHM, kid: id });
  }

  /**
   * Makes one, or takes one that was made before.
   *
   * @param saved what {@link save} returned.
   * @throws {Error} that is not a key.
   */
  static async create(saved?: string): Promise<SigningKey> {
    const keys = saved === undefined
      ? await createKeyPair()
      : await openKeyPair(Uint8Array.fromBase64(saved));
    const spki = await crypto.subtle.exportKey("spki", keys.publicKey);
    const hash = await crypto.subtle.digest("SHA-256", spki);
    return new SigningKey(keys, encode(new Uint8Array(hash)));
  }

  /** The key as a text, which is a secret. */
  async save(): Promise<string> {
    const encoded = await crypto.subtle.exportKey("pkcs8", this.#keys.privateKey);
    return new Uint8Array(encoded).toBase64();
  }

  /** A JSON Web Token with these claims. */
  async sign(claims: unknown): Promise<string> {
    const text = `${this.#header}.${encodeJson(claims)}`;
    const signature = await crypto.subtle.sign(
      SIGNATURE,
      this.#keys.privateKey,
      new TextEncoder().encode(text),
    );
    return `${text}.${encode(new Uint8Array(signature))}`;
  }

  /** The claims of a token that this key has signed; undefined of any other text. */
  async verify(token: string): Promise<unknown> {
    const [header, claims, signature, ...more] = token.split(".");
    if (header !== this.#header || claims === undefined || signature === undefined) return;
    const bytes = decode(signature);
    if (more.length > 0 || bytes === undefined) return;
    const text = new TextEncoder().encode(`${header}.${claims}`);
    if (!await crypto.subtle.verify(SIGNATURE, this.#keys.publicKey, bytes, text)) return;
    const data = decode(claims);
    return data && parseJson(new TextDecoder().decode(data));
  }

  /** As others read it: a JSON Web Key Set, RFC 7517. */
  async publicKeys(): Promise<Readonly<Record<string, unknown>>> {
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", this.#keys.publicKey);
    return { keys: [{ use: "sig", kty, kid: this.#id, crv, alg: ALGORITHM, x, y }] };
  }
}

function encodeJson(data: unknown): string {
  return encode(new TextEncoder().encode(JSON.stringify(data)));
}

function encode(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function decode(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return concatBytes([Uint8Array.fromBase64(text, { alphabet: "base64url" })]);
  } catch {
    // The only failure is a text that is not base64.
    return undefined;
  }
}
