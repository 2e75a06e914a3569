/** Where mounts go in a view, and what is made for them. */
import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import {
  makeMountPoint,
  resolveInView,
  type Surface,
} from "../../../src/runtime/view/mount_points.ts";

function test(
  name: string,
  body: (folder: string, surfaces: readonly Surface[]) => void,
): void {
  Deno.test(name, () => {
    const folder = Deno.makeTempDirSync();
    try {
      for (const path of ["host/etc/ssl", "host/opt", "etc-layer", "root-layer", "tmp"]) {
        Deno.mkdirSync(`${folder}/${path}`, { recursive: true });
      }
      Deno.writeTextFileSync(`${folder}/host/etc/hosts`, "");
      Deno.chmodSync(`${folder}/host/etc/ssl`, 0o700);
      body(folder, [
        { target: "/", lower: `${folder}/host`, upper: `${folder}/root-layer` },
        { target: "/etc", lower: `${folder}/host/etc`, upper: `${folder}/etc-layer` },
        { target: "/tmp", lower: undefined, upper: `${folder}/tmp` },
        { target: "/proc", lower: "/proc", upper: undefined },
      ]);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

const kindOf = (path: string) => {
  const { isDirectory, isFile } = Deno.lstatSync(path);
  return isDirectory ? "directory" : isFile ? "file" : "other";
};

const made: [path: string, kind: "directory" | "file", where: string | undefined][] = [
  ["/opt", "directory", undefined],
  ["/etc/hosts", "file", undefined],
  ["/proc/1", "directory", undefined],
  ["/new/deep", "directory", "root-layer/new/deep"],
  ["/opt/new", "directory", "root-layer/opt/new"],
  ["/etc/ssl/new", "file", "etc-layer/ssl/new"],
  ["/tmp/new", "file", "tmp/new"],
];
for (const [path, kind, where] of made) {
  test(`makeMountPoint(): ${path}, a ${kind}`, (folder, surfaces) => {
    equal(makeMountPoint(surfaces, path, kind), where !== undefined);
    if (where !== undefined) equal(kindOf(`${folder}/${where}`), kind);
    deepEqual([...Deno.readDirSync(`${folder}/host`)].map(({ name }) => name).sort(), [
      "etc",
      "opt",
    ]);
    equal(makeMountPoint(surfaces, path, kind), false, "it is there now");
  });
}

test("makeMountPoint() lets a directory on the way keep its permissions", (folder, surfaces) => {
  makeMountPoint(surfaces, "/etc/ssl/new", "file");
  equal(Deno.statSync(`${folder}/etc-layer/ssl`).mode! & 0o777, 0o700);
});

const refused: [path: string, kind: "directory" | "file", message: RegExp][] = [
  ["/etc/hosts", "directory", /^not a directory$/],
  ["/etc/hosts/deeper", "directory", /^not a directory$/],
  ["/etc/ssl", "file", /^is a directory$/],
  ["/proc/podling", "directory", /^no such file or directory, and nothing can be created there$/],
];
for (const [path, kind, message] of refused) {
  test(`makeMountPoint() refuses ${path} as a ${kind}`, (_, surfaces) => {
    throws(() => makeMountPoint(surfaces, path, kind), { name: "MountPointError", message });
  });
}

Deno.test("resolveInView() follows the host's links, and none in what a container has of its own", () => {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ dir: "/var/tmp" }));
  try {
    Deno.mkdirSync(`${folder}/a/b`, { recursive: true });
    Deno.symlinkSync("a", `${folder}/relative`);
    Deno.symlinkSync(`${folder}/a/../a/b`, `${folder}/absolute`);
    Deno.symlinkSync("/tmp", `${folder}/private`);
    Deno.symlinkSync("loop", `${folder}/loop`);
    const rows = [
      [`${folder}/a/b`, `${folder}/a/b`],
      [`${folder}//a/./b/`, `${folder}/a/b`],
      [`${folder}/relative/b/new`, `${folder}/a/b/new`],
      [`${folder}/absolute/x`, `${folder}/a/b/x`],
      [`${folder}/private/x`, "/tmp/x"],
      ["/dev/fd/x", "/dev/fd/x"],
      ["/", "/"],
      ["/../..", "/"],
    ] as const;
    for (const [path, wanted] of rows) equal(resolveInView(path), wanted);
    throws(() => resolveInView(`${folder}/loop/x`), /too many levels of symbolic links/);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
