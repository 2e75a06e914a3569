/** What images run. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { resolveImage } from "../../../src/cli/manifest/image.ts";

const extra = new Map<string, readonly string[]>([
  ["nginx", ["my-nginx"]],
  ["registry:5000/team/app", ["app"]],
  ["registry:5000/team/app:2", ["app2"]],
]);
const pause = ["sh", "-c", "trap 'exit 0' INT TERM; while :; do sleep 2147483647 & wait; done"];
const rows: [image: string, argv: readonly string[] | undefined][] = [
  ["busybox", ["sh"]],
  ["busybox:1.36", ["sh"]],
  ["docker.io/library/busybox:1.36@sha256:abc", ["sh"]],
  ["registry:5000/busybox", ["sh"]],
  ["nginx:latest", ["my-nginx"]],
  ["example.com/nginx@sha256:abc", ["my-nginx"]],
  ["registry:5000/team/app", ["app"]],
  ["registry:5000/team/app:1", ["app"]],
  ["registry:5000/team/app:2", ["app2"]],
  ["registry.k8s.io/pause:3.10", pause],
  ["k8s.gcr.io/pause:3.1", pause],
  ["gcr.io/google_containers/pause-amd64:3.0", pause],
  ["rancher/mirrored-pause:3.6", pause],
  ["team/app", undefined],
  ["example/unknown", undefined],
  ["constructor", undefined],
  ["toString:1", undefined],
  ["__proto__", undefined],
];
for (const [image, argv] of rows) {
  Deno.test(`resolveImage() ${image}`, () => deepEqual(resolveImage(image, extra), argv));
}
