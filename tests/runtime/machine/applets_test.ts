/** busybox's own programs, for the images that consist of them. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { hasApplets, readApplets, withApplet } from "../../../src/runtime/machine/applets.ts";

const images: [image: string, has: boolean][] = [
  ["busybox", true],
  ["busybox:1.36", true],
  ["docker.io/library/alpine:3.20@sha256:abc", true],
  ["registry:5000/busybox", true],
  ["busybox/other", false],
  ["my-busybox", false],
  ["nginx:alpine", false],
  ["debian", false],
];
for (const [image, has] of images) {
  Deno.test(`hasApplets() of ${image}`, () => equal(hasApplets(image), has));
}

const applets = { program: "/usr/bin/busybox", names: new Set(["sh", "httpd", "["]) };
const commands: [argv: string[], runs: string[]][] = [
  [["sh", "-c", "true"], ["/usr/bin/busybox", "sh", "-c", "true"]],
  [["/bin/sh", "-c", "true"], ["/usr/bin/busybox", "sh", "-c", "true"]],
  [["/usr/sbin/httpd"], ["/usr/bin/busybox", "httpd"]],
  [["["], ["/usr/bin/busybox", "["]],
  [["/opt/sh"], ["/opt/sh"]],
  [["./sh"], ["./sh"]],
  [["bash"], ["bash"]],
  [["/"], ["/"]],
  [[], []],
];
for (const [argv, runs] of commands) {
  Deno.test(`withApplet() of ${argv.join(" ")}`, () => deepEqual(withApplet(argv, applets), runs));
}

Deno.test("readApplets() asks the machine's busybox", async () => {
  equal(await readApplets("/no-such-folder"), undefined);
  const found = await readApplets("/usr/bin:/bin");
  if (found !== undefined) ok(found.names.has("sh"), [...found.names].join(" "));
});
