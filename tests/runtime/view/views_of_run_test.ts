/** Where the frames of all views of a run are made. */
import { strictEqual as equal } from "node:assert/strict";
import { placeSkeleton } from "../../../src/runtime/view/views_of_run.ts";

const cases: readonly [
  name: string,
  options: readonly string[],
  isRootPrivate: boolean,
  folder: string,
][] = [
  ["in memory", ["rw", "nosuid", "nodev"], true, "/m/skeleton"],
  ["on the disk where memory executes nothing", ["rw", "noexec"], true, "/d/skeleton"],
  ["on the disk where containers have the machine's root", ["rw"], false, "/d/skeleton"],
];
for (const [name, options, isRootPrivate, folder] of cases) {
  Deno.test(`placeSkeleton(): ${name}`, () => {
    const mounts = [
      { path: "/", fsType: "ext4", options: ["rw", "noexec"] },
      { path: "/m", fsType: "tmpfs", options },
    ];
    equal(placeSkeleton({ memory: "/m", data: "/d" }, mounts, isRootPrivate), folder);
  });
}
