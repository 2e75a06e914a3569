/** Volumes on the node's side (R-VOL-1 to R-VOL-5). */
import { deepStrictEqual as deepEqual, rejects, strictEqual as equal } from "node:assert/strict";
import type { VolumeConfig, VolumeFile } from "../../../src/runtime/config.ts";
import { VolumesError } from "../../../src/runtime/runtime.ts";
import { prepareVolumes, type VolumeFolders } from "../../../src/runtime/volume/volumes.ts";

// As the runtime sets it.
Deno.umask(0o022);

/** A test with folders of its own. */
function test(
  name: string,
  body: (folders: VolumeFolders, folder: string) => void | Promise<void>,
) {
  Deno.test(name, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await body({
        disk: `${folder}/disk`,
        memory: `${folder}/memory`,
        persistent: `${folder}/persistent`,
      }, folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** Makes one volume. @returns where it is. */
async function prepareVolume(volume: VolumeConfig, folders: VolumeFolders) {
  return (await prepareVolumes([volume], { folders, hidden: [] })).get(volume.name)!;
}

const modeOf = (path: string) => Deno.statSync(path).mode! & 0o7777;
const bytes = (text: string) => new TextEncoder().encode(text);
const file = (path: string, data: string, mode = 0o644): VolumeFile => (
  { path, data: bytes(data), mode }
);
const namesIn = (path: string) => [...Deno.readDirSync(path)].map(({ name }) => name).sort();

test("an emptyDir is open to all and keeps its data", async (folders) => {
  for (const medium of ["", "Memory"] as const) {
    const volume = { name: "v", type: "emptyDir", medium } as const;
    const path = await prepareVolume(volume, folders);
    equal(path, `${medium === "" ? folders.disk : folders.memory}/v`);
    equal(modeOf(path), medium === "" ? 0o777 : 0o1777);
    Deno.writeTextFileSync(`${path}/x`, medium);
    Deno.chmodSync(path, 0o700);
    equal(await prepareVolume(volume, folders), path);
    equal(Deno.readTextFileSync(`${path}/x`), medium);
    equal(modeOf(path), 0o700, "what a container did to it stays");
  }
});

test("R-VOL-1: a claim's volume is open to all, of one namespace, and keeps its data", async (folders) => {
  const claim = (namespace: string, claimName: string, name = "v"): VolumeConfig => (
    { name, type: "persistent", namespace, claimName }
  );
  const path = await prepareVolume(claim("shop", "data"), folders);
  equal(path, `${folders.persistent}/shop/data`);
  equal(modeOf(path), 0o777);
  Deno.writeTextFileSync(`${path}/x`, "kept");
  Deno.chmodSync(path, 0o755);
  equal(await prepareVolume(claim("shop", "data", "other"), folders), path);
  equal(Deno.readTextFileSync(`${path}/x`), "kept");
  equal(modeOf(path), 0o755, "what a container did to it stays");
  equal(await prepareVolume(claim("test", "data"), folders), `${folders.persistent}/test/data`);
});

test("R-START-5 R-EVENT-13: each volume that fails is named, and the others are made", async (folders) => {
  const files: VolumeConfig = { name: "f", type: "files", files: [file("a", "1")] };
  const missing = (name: string): VolumeConfig => ({
    ...hostPath("/podling-is-not-there", "Directory"),
    name,
  });
  const volumes = [missing("x"), files, missing("y")];
  await rejects(prepareVolumes(volumes, { folders, hidden: [] }), (error) => {
    equal(error instanceof VolumesError && error.reason, "FailedMount");
    const why = "hostPath type check failed: /podling-is-not-there is not a directory";
    deepEqual(
      [...(error as VolumesError).failures],
      ["x", "y"].map((name) => [
        name,
        `MountVolume.SetUp failed for volume "${name}" : ${why}`,
      ]),
    );
    return true;
  });
  equal(Deno.readTextFileSync(`${folders.memory}/f/a`), "1");
});

test("attempts in which another volume fails leave nothing behind", async (folders) => {
  const files: VolumeConfig = { name: "f", type: "files", files: [file("a", "1")] };
  const attempt = (there: string) =>
    prepareVolumes([files, hostPath(there, "")], { folders, hidden: [] });
  await attempt("/");
  for (let round = 0; round < 3; round++) {
    await rejects(attempt("/proc/podling-is-not-there"), { reason: "FailedMount" });
  }
  deepEqual(
    namesIn(`${folders.memory}/f`).length,
    3,
    "..data, what it points to, and a",
  );
  equal(Deno.readTextFileSync(`${folders.memory}/f/a`), "1");
  await attempt("/");
  equal(namesIn(`${folders.memory}/f`).length, 3);
});

const hostPath = (path: string, hostPathType: string): VolumeConfig => (
  { name: "h", type: "hostPath", path, hostPathType }
);

/** What is at the path before, the type, and the refusal; undefined: it is accepted. */
const hostPaths: [before: string, type: string, refusal: string | undefined][] = [
  ["nothing", "", undefined],
  ["link to nothing", "", "mkdir PATH: file exists"],
  ["nothing", "Directory", "hostPath type check failed: PATH is not a directory"],
  ["nothing", "File", "hostPath type check failed: PATH is not a file"],
  ["nothing", "Socket", "hostPath type check failed: PATH is not a socket file"],
  ["nothing", "CharDevice", "hostPath type check failed: PATH is not a character device"],
  ["nothing", "BlockDevice", "hostPath type check failed: PATH is not a block device"],
  ["nothing", "DirectoryOrCreate", undefined],
  ["nothing", "FileOrCreate", undefined],
  ["directory", "", undefined],
  ["directory", "Directory", undefined],
  ["directory", "DirectoryOrCreate", undefined],
  ["directory", "File", "hostPath type check failed: PATH is not a file"],
  ["directory", "FileOrCreate", "hostPath type check failed: PATH is not a file"],
  ["directory", "Socket", "hostPath type check failed: PATH is not a socket file"],
  ["file", "", undefined],
  ["file", "File", undefined],
  ["file", "FileOrCreate", undefined],
  ["file", "Directory", "hostPath type check failed: PATH is not a directory"],
  ["file", "DirectoryOrCreate", "hostPath type check failed: PATH is not a directory"],
  ["file", "CharDevice", "hostPath type check failed: PATH is not a character device"],
  ["file", "BlockDevice", "hostPath type check failed: PATH is not a block device"],
  ["link to a directory", "Directory", undefined],
  ["link to nothing", "Directory", "hostPath type check failed: PATH is not a directory"],
];
for (const [before, type, refusal] of hostPaths) {
  test(`R-VOL-3: hostPath ${type || '""'} with ${before} there`, async (folders, folder) => {
    const path = `${folder}/there`;
    if (before === "directory") Deno.mkdirSync(path);
    if (before === "file") Deno.writeTextFileSync(path, "kept");
    if (before === "link to a directory") Deno.symlinkSync(folder, path);
    if (before === "link to nothing") Deno.symlinkSync("nothing", path);
    if (refusal === undefined) {
      equal(await prepareVolume(hostPath(path, type), folders), await Deno.realPath(path));
      if (before === "file") equal(Deno.readTextFileSync(path), "kept");
      if (before === "nothing" && type !== "FileOrCreate") equal(modeOf(path), 0o755);
      if (before === "nothing" && type === "FileOrCreate") equal(modeOf(path), 0o644);
    } else {
      await rejects(prepareVolume(hostPath(path, type), folders), {
        reason: "FailedMount",
        message: `MountVolume.SetUp failed for volume "h" : ${refusal.replace("PATH", path)}`,
      });
    }
  });
}

test("hostPath knows sockets and devices", async (folders, folder) => {
  using _socket = Deno.listen({ transport: "unix", path: `${folder}/socket` });
  for (
    const [path, type] of [[`${folder}/socket`, "Socket"], ["/dev/null", "CharDevice"]] as const
  ) {
    equal(await prepareVolume(hostPath(path, type), folders), await Deno.realPath(path));
    await rejects(prepareVolume(hostPath(path, "File"), folders), { reason: "FailedMount" });
  }
});

test("hostPath FileOrCreate makes no folders, DirectoryOrCreate does", async (folders, folder) => {
  const path = `${folder}/a/b`;
  await rejects(prepareVolume(hostPath(path, "FileOrCreate"), folders), {
    reason: "FailedMount",
    message: `MountVolume.SetUp failed for volume "h" : open ${path}: no such file or directory`,
  });
  equal(await prepareVolume(hostPath(path, "DirectoryOrCreate"), folders), path);
  equal(modeOf(`${folder}/a`), 0o755);
});

test("what the machine refuses is a refusal, not a fault", async (folders, folder) => {
  Deno.writeTextFileSync(`${folder}/file`, "");
  await rejects(prepareVolume(hostPath(`${folder}/file/x`, "DirectoryOrCreate"), folders), {
    name: "VolumesError",
    reason: "FailedMount",
    message: `MountVolume.SetUp failed for volume "h" : mkdir ${folder}/file/x: not a directory`,
  });
});

test("files are links into a folder that is swapped whole", async (folders) => {
  const write = (...files: VolumeFile[]) =>
    prepareVolume({ name: "f", type: "files", files }, folders);
  const path = await write(
    file("a", "1"),
    file("sub/dir/b", "2", 0o400),
    file("tls.crt", "3", 0o600),
  );
  equal(modeOf(path), 0o1777);
  const timed = /^\.\.\d{4}(_\d\d){5}\.\d+$/;
  deepEqual(namesIn(path).filter((name) => !timed.test(name)), [
    "..data",
    "a",
    "sub",
    "tls.crt",
  ]);
  equal(Deno.readLinkSync(`${path}/a`), "..data/a");
  equal(Deno.readLinkSync(`${path}/sub`), "..data/sub");
  equal(Deno.readTextFileSync(`${path}/sub/dir/b`), "2");
  deepEqual(["a", "sub/dir/b", "tls.crt"].map((name) => modeOf(`${path}/${name}`)), [
    0o644,
    0o400,
    0o600,
  ]);
  // An open file stays what it was.
  using old = Deno.openSync(`${path}/a`);
  equal(await write(file("a", "new"), file("c", "")), path);
  equal(Deno.readTextFileSync(`${path}/a`), "new");
  const before = new Uint8Array(8);
  equal(new TextDecoder().decode(before.subarray(0, old.readSync(before)!)), "1");
  deepEqual(namesIn(path).filter((name) => !name.startsWith("..")), ["a", "c"]);
  equal(namesIn(path).length, 4, "..data, what it points to, a and c");
  await write();
  equal(namesIn(path).length, 2);
});

test("a reader sees old files or new ones, never a mixture", async (folders) => {
  const write = (content: string) =>
    prepareVolume({
      name: "f",
      type: "files",
      files: [file("a", content.repeat(5000)), file("b", content.repeat(5000))],
    }, folders);
  const path = await write("0");
  const script = `
    cd "$1"; echo ready
    while [ ! -e "$1/stop" ]; do
      cd -P ..data 2>/dev/null || continue
      a=$(cat a 2>/dev/null) && b=$(cat b 2>/dev/null) && [ "$a" != "$b" ] && echo mixture
      cd "$1"
      [ -L a ] || echo missing
    done`;
  const reader = new Deno.Command("sh", {
    args: ["-c", script, "reader", path],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines = reader.stdout.pipeThrough(new TextDecoderStream()).getReader();
  equal((await lines.read()).value, "ready\n");
  for (let round = 1; round <= 200; round++) {
    await write(String(round % 10));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  Deno.writeTextFileSync(`${path}/stop`, "");
  equal((await lines.read()).value, undefined);
  await reader.status;
});
