/** Which requests are looked at. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { checkRequest } from "../../../src/apiserver/front/gate.ts";

const options = { names: ["127.0.0.1", "localhost", "::1"] };

/** What it is about, the URL with its `Host`, the headers, and the HTTP status of the refusal. */
const rows: readonly [string, string, Record<string, string>, number | undefined][] = [
  ["its address", "https://127.0.0.1:6443/", {}, undefined],
  ["its name", "https://localhost/", {}, undefined],
  ["an address of IPv6", "https://[::1]:6443/", {}, undefined],
  ["another name of the machine", "https://evil.example:6443/", {}, 403],
  ["a web page", "https://127.0.0.1:6443/", { origin: "https://evil.example" }, 403],
  ["a Host that is none", "https://[/", { host: "[" }, 400],
  ["a Host with a blank", "https://a b/", { host: "a b" }, 400],
  ["a Host with a path", "https://localhost/api/version", { host: "localhost/api" }, 400],
  ["a Host with a user", "https://evil@localhost/", { host: "evil@localhost" }, 400],
  ["a Host with a port", "https://[::1]:6443/", { host: "[::1]:6443" }, undefined],
  ["a page without an origin", "https://127.0.0.1:6443/", { origin: "null" }, 403],
];
for (const [what, url, headers, code] of rows) {
  Deno.test(`checkRequest() ${what}`, () => {
    deepEqual(checkRequest({ url, headers: new Headers(headers) }, options)?.code, code);
  });
}
