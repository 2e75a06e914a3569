/**
 * Volumes that belong to a pod's group, or have a size (R-VOL-2, R-VOL-6), where the sandboxes are
 * made.
 */
import {
  deepStrictEqual as deepEqual,
  match,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import { readIsolation } from "../../../src/runtime/linux/isolation.ts";
import type { VolumeConfig, VolumeOwnership } from "../../../src/runtime/config.ts";
import { prepareVolumes, type VolumeFolders } from "../../../src/runtime/volume/volumes.ts";

// As the runtime sets it.
Deno.umask(0o022);

const GROUP = 4711;

const { namespaces, tools, mounts } = (await readIsolation()).machine;
/** Where the group is another user's, and sandboxes could be created. */
const enter = namespaces === undefined || namespaces.ids === "self" ? undefined : namespaces.enter;

/** A test with folders of its own, where this user may give files away. */
function test(
  name: string,
  body: (folders: VolumeFolders, folder: string) => Promise<void>,
) {
  Deno.test(`R-VOL-2 R-VOL-6: ${name}`, { ignore: enter === undefined }, async () => {
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

async function prepare(
  volume: VolumeConfig,
  folders: VolumeFolders,
  ownership: Partial<VolumeOwnership> = {},
): Promise<string> {
  const access = { enter: enter!, tools, mounts, makesDevices: false };
  const owner = { fsGroup: GROUP, changePolicy: "Always", ...ownership } as const;
  return (await prepareVolumes([volume], { folders, hidden: [], access }, owner)).get(volume.name)!;
}

/** Permissions and group, of a link its own. */
function factsOf(path: string): string {
  const { mode, gid } = Deno.lstatSync(path);
  return `${(mode! & 0o7777).toString(8)} ${gid}`;
}

const claim: VolumeConfig = {
  name: "data",
  type: "persistent",
  namespace: "shop",
  claimName: "data",
};

/** A claim's folder with things in it that earlier pods have left. */
function makeClaim(folders: VolumeFolders): string {
  const path = `${folders.persistent}/shop/data`;
  Deno.mkdirSync(`${path}/folder`, { recursive: true });
  for (
    const [name, mode] of [["secret", 0o600], ["program", 0o700], ["folder/open", 0o666]] as const
  ) {
    Deno.writeTextFileSync(`${path}/${name}`, name);
    Deno.chmodSync(`${path}/${name}`, mode);
  }
  Deno.chmodSync(`${path}/folder`, 0o700);
  return path;
}

test("an emptyDir is the group's when it is made, and left alone afterwards", async (folders) => {
  for (const medium of ["", "Memory"] as const) {
    const volume = { name: "v", type: "emptyDir", medium } as const;
    const path = await prepare(volume, folders);
    equal(factsOf(path), `${medium === "" ? 2777 : 3777} ${GROUP}`);
    Deno.writeTextFileSync(`${path}/made`, "");
    equal(factsOf(`${path}/made`), `644 ${GROUP}`);
    Deno.chmodSync(path, 0o700);
    await prepare(volume, folders);
    equal(factsOf(path), `700 ${GROUP}`);
  }
});

test("files can be read by the group, as soon as they are there", async (folders) => {
  const data = new TextEncoder().encode("x");
  const path = await prepare({
    name: "f",
    type: "files",
    files: [{ path: "a", data, mode: 0o400 }, { path: "sub/b", data, mode: 0o755 }],
  }, folders);
  equal(factsOf(Deno.realPathSync(`${path}/..data`)), `2755 ${GROUP}`);
  equal(factsOf(Deno.realPathSync(`${path}/a`)), `440 ${GROUP}`);
  equal(factsOf(Deno.realPathSync(`${path}/sub/b`)), `755 ${GROUP}`);
});

test("what is in a claim's volume is the group's to read and write", async (folders, folder) => {
  const path = makeClaim(folders);
  Deno.writeTextFileSync(`${folder}/outside`, "");
  Deno.symlinkSync(`${folder}/outside`, `${path}/link`);
  Deno.symlinkSync(folder, `${path}/folder/up`);
  const outside = [folder, `${folder}/outside`, `${folder}/persistent`];
  const before = outside.map(factsOf);
  equal(await prepare(claim, folders), path);
  deepEqual(
    ["", "/secret", "/program", "/folder", "/folder/open"].map((it) => factsOf(path + it)),
    [
      `2775 ${GROUP}`,
      `660 ${GROUP}`,
      `760 ${GROUP}`,
      `2770 ${GROUP}`,
      `666 ${GROUP}`,
    ],
  );
  equal(Deno.lstatSync(`${path}/link`).gid, GROUP, "a link is given away itself");
  deepEqual(outside.map(factsOf), before);
});

test("with OnRootMismatch what is below stays where the root fits", async (folders) => {
  const path = makeClaim(folders);
  const onRootMismatch = { changePolicy: "OnRootMismatch" } as const;
  await prepare(claim, folders, onRootMismatch);
  equal(factsOf(`${path}/secret`), `660 ${GROUP}`, "the root did not fit");
  Deno.chmodSync(`${path}/secret`, 0o600);
  await prepare(claim, folders, onRootMismatch);
  equal(factsOf(`${path}/secret`), `600 ${GROUP}`);
  await prepare(claim, folders);
  equal(factsOf(`${path}/secret`), `660 ${GROUP}`, "Always asks for no root");
  Deno.chmodSync(`${path}/secret`, 0o600);
  await prepare(claim, folders, { ...onRootMismatch, fsGroup: GROUP + 1 });
  equal(factsOf(`${path}/secret`), `660 ${GROUP + 1}`, "the root is another group's");
});

test("a hostPath is never touched", async (folders, folder) => {
  const before = factsOf(folder);
  await prepare({ name: "h", type: "hostPath", path: folder, hostPathType: "" }, folders);
  equal(factsOf(folder), before);
});

test("a group that is not available is a refusal", async (folders) => {
  await rejects(prepare(claim, folders, { fsGroup: -2 }), {
    reason: "FailedMount",
    message: /^Cannot give volumes to the fsGroup -2: chgrp: /,
  });
});

test("a file that is swapped for a link all the time leads nowhere", async (folders, folder) => {
  const path = makeClaim(folders);
  for (let index = 0; index < 200; index++) Deno.writeTextFileSync(`${path}/file${index}`, "");
  const outside = `${folder}/outside`;
  Deno.writeTextFileSync(outside, "");
  Deno.chmodSync(outside, 0o600);
  const before = factsOf(outside);
  const script = `
    cd "$1"; echo ready
    while [ ! -e "$2/stop" ]; do
      for n in 0 50 100 150 199; do ln -sf "$2/outside" new$n; mv -f new$n file$n; done
      for n in 0 50 100 150 199; do : >new$n; mv -f new$n file$n; done
    done`;
  const swapper = new Deno.Command("sh", {
    args: ["-c", script, "swapper", path, folder],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines = swapper.stdout.pipeThrough(new TextDecoderStream()).getReader();
  equal((await lines.read()).value, "ready\n");
  for (let round = 0; round < 20; round++) {
    // What was swapped away in between is a refusal; then it is retried.
    await prepare(claim, folders).catch((error) => equal(error.reason, "FailedMount"));
    equal(factsOf(outside), before);
  }
  Deno.writeTextFileSync(`${folder}/stop`, "");
  equal((await lines.read()).done, true);
  await swapper.status;
});

test("a volume in memory is the group's, and full at its limit", async (folders) => {
  const limited = {
    name: "v",
    type: "emptyDir",
    medium: "Memory",
    sizeLimitBytes: 65_536,
  } as const;
  const path = await prepare(limited, folders);
  equal(await prepare(limited, folders), path, "it is mounted once");
  const inside = async (script: string) => {
    const [program, ...args] = [...enter!, tools.sh, "-c", script, "sh", path];
    const { stdout, stderr } = await new Deno.Command(program!, { args, env: { LC_ALL: "C" } })
      .output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  };
  equal(await inside('stat -c "%a %g" "$1"'), `3777 ${GROUP}\n`);
  match(
    await inside('head -c 65536 /dev/zero >"$1/x" && echo fits; head -c 1 /dev/zero >"$1/y"'),
    /^fits\n.*No space left/s,
  );
  equal(await inside('grep -c " $1 " /proc/self/mountinfo'), "1\n");
  deepEqual([...Deno.readDirSync(path)], [], "on the host nothing is mounted");
  equal(factsOf(path).startsWith("1777 "), true);
  Deno.removeSync(path);
  equal(await inside('grep -c " $1 " /proc/self/mountinfo'), "0\n", "it goes with its folder");
});
