import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { normalizeImageName, parseImageName } from "../../src/api/image_name.ts";

const digest = `@sha256:${"0a".repeat(32)}`;

const names: readonly [string, string][] = [
  ["busybox", "docker.io/library/busybox:latest"],
  ["busybox:1.36", "docker.io/library/busybox:1.36"],
  ["bitnami/nginx:1", "docker.io/bitnami/nginx:1"],
  ["docker.io/busybox", "docker.io/library/busybox:latest"],
  ["index.docker.io/busybox:1", "docker.io/library/busybox:1"],
  ["docker.io/a/b:1", "docker.io/a/b:1"],
  ["registry.k8s.io/pause:3.10", "registry.k8s.io/pause:3.10"],
  ["localhost/app", "localhost/app:latest"],
  ["localhost:5000/app:2", "localhost:5000/app:2"],
  ["host/app", "docker.io/host/app:latest"],
  [`busybox${digest}`, `docker.io/library/busybox${digest}`],
  [`busybox:1.36${digest}`, `docker.io/library/busybox${digest}`],
  ["Bad!Image", "Bad!Image"],
  ["", ""],
];
for (const [text, expected] of names) {
  Deno.test(`normalizeImageName() R-STATUS-11: ${JSON.stringify(text)}`, () => {
    equal(normalizeImageName(text), expected);
    equal(normalizeImageName(expected), expected);
  });
}

Deno.test("parseImageName() returns the parts of a name, or nothing for what is not a name", () => {
  deepEqual(parseImageName(`host:5000/a/b:1${digest}`), {
    registry: "host:5000",
    path: "a/b",
    tag: "1",
    digest,
  });
  deepEqual(parseImageName("a/b"), { path: "a/b" });
  equal(parseImageName("library/Busybox"), undefined);
});
