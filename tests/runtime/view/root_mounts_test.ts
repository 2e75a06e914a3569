/** The overlays of a view: where the folders of the host come and go, and what is written goes. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { deviceMount, layerMounts } from "../../../src/runtime/view/root_mounts.ts";

Deno.test("layerMounts(): a folder of the host that is gone holds up no container, but its root does", () => {
  const directory = { mode: 0o755, uid: 0, gid: 0 };
  const layers = [
    { lower: "/", target: "/", ...directory },
    { lower: "/srv/here", target: "/srv/here", ...directory },
    { lower: "/srv/a,b", target: "/srv/a,b", isBound: true as const, ...directory },
  ];
  const place = { folder: "/c", writable: "/w" };
  const entries = layerMounts(layers, { skeleton: "/k", place, privileged: true });
  deepEqual(
    entries.map(({ source, target, options }) => [source, target, /\bnofail\b/.test(options)]),
    [
      ["overlay", "/c/root", false],
      ["overlay", "/c/root/srv/here", true],
      ["/srv/a,b", "/k/lower2", true],
      ["overlay", "/c/root/srv/a,b", true],
    ],
  );
});

const places: readonly [name: string, privileged: boolean, writable: string, expected: string][] = [
  ["with all else", true, "/c", "/c/dev bind,nosuid,nodev,noexec"],
  [
    "on the disk",
    true,
    "/w",
    "overlay nosuid,nodev,volatile,lowerdir=/c/dev,upperdir=/w/dev,workdir=/w/dev.work",
  ],
  [
    "on the disk of an ordinary user",
    false,
    "/w",
    "overlay nosuid,nodev,volatile,lowerdir=/c/dev,upperdir=/w/dev,workdir=/w/dev.work,userxattr",
  ],
];
for (const [name, privileged, writable, expected] of places) {
  Deno.test(`deviceMount(): what a container writes to /dev is ${name}`, () => {
    const mounts = [{ path: "/", fsType: "tmpfs", options: ["rw", "noexec"] }];
    const { source, target, options } = deviceMount(
      { privileged, mounts },
      { folder: "/c", writable },
    );
    deepEqual([`${source} ${options}`, target], [expected, "/c/root/dev"]);
  });
}
