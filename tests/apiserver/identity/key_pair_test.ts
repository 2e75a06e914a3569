/** Keys of P-256. */
import { notDeepStrictEqual as notDeepEqual, strictEqual as equal } from "node:assert/strict";
import { createKeyPair } from "../../../src/apiserver/identity/key_pair.ts";

const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };

Deno.test("createKeyPair() makes keys that fit, others each time", async () => {
  const [one, other] = [await createKeyPair(), await createKeyPair()];
  const data = new TextEncoder().encode("data");
  const signature = await crypto.subtle.sign(SIGNATURE, one.privateKey, data);
  equal(await crypto.subtle.verify(SIGNATURE, one.publicKey, signature, data), true);
  equal(await crypto.subtle.verify(SIGNATURE, other.publicKey, signature, data), false);
  const spki = (keys: CryptoKeyPair) => crypto.subtle.exportKey("spki", keys.publicKey);
  equal((await spki(one)).byteLength, 91);
  notDeepEqual(await spki(one), await spki(other));
});
