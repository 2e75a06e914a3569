/** Who may ask. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { checkRequest } from "../../../src/apiserver/front/gate.ts";

const options = { token: "secret", names: ["127.0.0.1", "localhost", "::1"] };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** What it is about, the URL with its `Host`, the headers, and the HTTP status of the refusal. */
const rows: readonly [string, string, Record<string, string>, number | undefined][] = [
  ["the token", "https://127.0.0.1:6443/", bearer("secret"), undefined],
  ["another letter case of the scheme", "https://localhost/", {
    authorization: "bearer secret",
  }, undefined],
  ["an address of IPv6", "https://[::1]:6443/", bearer("secret"), undefined],
  ["no token", "https://127.0.0.1:6443/", {}, 401],
  ["another token", "https://127.0.0.1:6443/", bearer("secreT"), 401],
  ["a shorter token", "https://127.0.0.1:6443/", bearer("secre"), 401],
  ["a longer token", "https://127.0.0.1:6443/", bearer("secret1"), 401],
  ["no word of a token", "https://127.0.0.1:6443/", { authorization: "Bearer " }, 401],
  ["a password", "https://127.0.0.1:6443/", { authorization: "Basic secret" }, 401],
  ["another name of the machine", "https://evil.example:6443/", bearer("secret"), 403],
  ["a web page", "https://127.0.0.1:6443/", {
    ...bearer("secret"),
    origin: "https://evil.example",
  }, 403],
  ["a page without an origin", "https://127.0.0.1:6443/", {
    ...bearer("secret"),
    origin: "null",
  }, 403],
];
for (const [what, url, headers, code] of rows) {
  Deno.test(`checkRequest() ${what}`, () => {
    deepEqual(checkRequest({ url, headers: new Headers(headers) }, options)?.code, code);
  });
}
