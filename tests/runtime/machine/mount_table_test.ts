/** The kernel's list of mounts. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { isWithin, mountOf, parseMountInfo } from "../../../src/runtime/machine/mount_table.ts";

const TEXT = `27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
22 27 0:21 / /proc rw,nosuid - proc proc rw
30 27 0:30 / /mnt/a\\040b\\134c rw shared:1 master:2 - fuse.sshfs user@host: rw
31 27 0:31 / /data ro - tmpfs tmpfs rw
32 27 0:32 / /data rw,noexec - xfs /dev/sdb rw
`;

Deno.test("parseMountInfo() reads paths, types and options; the last on a path counts", () => {
  deepEqual(parseMountInfo(TEXT), [
    { path: "/", fsType: "ext4", options: ["rw", "relatime"] },
    { path: "/proc", fsType: "proc", options: ["rw", "nosuid"] },
    { path: "/mnt/a b\\c", fsType: "fuse.sshfs", options: ["rw"] },
    { path: "/data", fsType: "xfs", options: ["rw", "noexec"] },
  ]);
});

Deno.test("parseMountInfo() reads this machine's own list", () => {
  const mounts = parseMountInfo(Deno.readTextFileSync("/proc/self/mountinfo"));
  equal(mounts.some(({ path }) => path === "/"), true);
  equal(mountOf(mounts, "/proc/self")?.fsType, "proc");
});

const owners: [path: string, mount: string][] = [
  ["/", "/"],
  ["/procx", "/"],
  ["/proc", "/proc"],
  ["/proc/1/fd", "/proc"],
  ["/mnt/a b\\c/d", "/mnt/a b\\c"],
  ["/mnt/a b\\cd", "/"],
];
for (const [path, mount] of owners) {
  Deno.test(`mountOf() ${path}`, () => equal(mountOf(parseMountInfo(TEXT), path)?.path, mount));
}

const within: [path: string, folder: string, answer: boolean][] = [
  ["/a", "/a", true],
  ["/a/b", "/a", true],
  ["/ab", "/a", false],
  ["/", "/", true],
  ["/a", "/", true],
  ["/", "/a", false],
];
for (const [path, folder, answer] of within) {
  Deno.test(`isWithin() ${path} in ${folder}`, () => equal(isWithin(path, folder), answer));
}
