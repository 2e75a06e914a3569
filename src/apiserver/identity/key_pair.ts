/**
 * Keys of P-256.
 *
 * Rule: RFC 5915, section 3, and RFC 5958, section 2; FIPS 186-5, appendix A.2.2: a random number
 * that is not in range is not taken.
 */
const CURVE = { name: "ECDSA", namedCurve: "P-256" };

/** A private key up to the number: version 0, the curve, and an EC private key of 32 bytes. */
const PRIVATE_HEAD = Uint8Array.fromHex(
  "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420",
);
/** How many points the curve has. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/**
 * Makes a key that can be exported.
 *
 * From a random number of the kernel: the generator of keys collects entropy of its own first,
 * which is 25 ms of a start.
 */
export function createKeyPair(): Promise<CryptoKeyPair> {
  return openKeyPair(new Uint8Array([...PRIVATE_HEAD, ...randomNumber()]));
}

/**
 * A key that was exported.
 *
 * @param encoded its private part, as PKCS #8.
 */
export async function openKeyPair(encoded: Uint8Array<ArrayBuffer>): Promise<CryptoKeyPair> {
  const privateKey = await crypto.subtle.importKey("pkcs8", encoded, CURVE, true, ["sign"]);
  const { d: _, key_ops: _uses, ...point } = await crypto.subtle.exportKey("jwk", privateKey);
  const publicKey = await crypto.subtle.importKey("jwk", point, CURVE, true, ["verify"]);
  return { privateKey, publicKey };
}

/**
 * Has the generator of keys collect its entropy, on another thread: else the first handshake of TLS
 * waits for it.
 */
export async function prepareHandshakes(): Promise<void> {
  await crypto.subtle.generateKey(CURVE, false, ["sign"]);
}

/** From 1 to the order. */
function randomNumber(): Uint8Array {
  for (;;) {
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    const number = BigInt(`0x${bytes.toHex()}`);
    if (number > 0n && number < ORDER) return bytes;
  }
}
