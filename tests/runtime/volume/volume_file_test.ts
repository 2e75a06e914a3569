/** Files of volumes that the node reads, in which containers may have put anything (R-ENV-7). */
import { match, rejects, strictEqual as equal } from "node:assert/strict";
import { readIsolation } from "../../../src/runtime/linux/isolation.ts";
import { RuntimeError } from "../../../src/runtime/runtime.ts";
import { readVolumeFile } from "../../../src/runtime/volume/volume_file.ts";

const { namespaces, tools, mounts } = (await readIsolation()).machine;
const accesses = {
  "in a sandbox": namespaces && { enter: namespaces.enter, tools, mounts },
  "without one": undefined,
};
const never = new AbortController().signal;

/** A volume with things in it, and a file beside it that is not the volume's. */
async function makeVolume(): Promise<{ readonly folder: string; readonly volume: string }> {
  const folder = await Deno.makeTempDir();
  const volume = `${folder}/volume`;
  Deno.mkdirSync(`${volume}/sub/deep`, { recursive: true });
  Deno.writeTextFileSync(`${folder}/secret`, "outside");
  Deno.writeTextFileSync(`${volume}/a.env`, "A='1'\n");
  Deno.writeTextFileSync(`${volume}/sub/b.env`, "B='2'\n");
  Deno.writeTextFileSync(`${volume}/odd 'name'$\n.env`, "C='3'\n");
  Deno.writeTextFileSync(`${volume}/..c.env`, "D='4'\n");
  Deno.chmodSync(`${volume}/a.env`, 0o400);
  const links = {
    "relative": "sub/b.env",
    "absolute": "/sub/b.env",
    "sub/deep/up": "../b.env",
    "beyond": "../../../../a.env",
    "out": "../secret",
    "outAbsolute": `${folder}/secret`,
    "folder": "sub/deep/",
    "loop": "loop",
    "system": "/etc/passwd",
    "kernel": "/proc/self/environ",
  };
  for (const [name, target] of Object.entries(links)) {
    Deno.symlinkSync(target, `${volume}/${name}`);
  }
  const mkfifo = await new Deno.Command("mkfifo", { args: [`${volume}/fifo`] }).output();
  equal(mkfifo.success, true);
  return { folder, volume };
}

const found: readonly [path: string, content: string][] = [
  ["a.env", "A='1'\n"],
  ["/a.env", "A='1'\n"],
  ["./sub//b.env", "B='2'\n"],
  ["odd 'name'$\n.env", "C='3'\n"],
  ["..c.env", "D='4'\n"],
  ["relative", "B='2'\n"],
  ["absolute", "B='2'\n"],
  ["sub/deep/up", "B='2'\n"],
  ["folder/up", "B='2'\n"],
  ["beyond", "A='1'\n"],
];
const refused: readonly [path: string, why: RegExp][] = [
  ["none", /no such file/],
  ["sub/none/b.env", /not a directory/],
  ["a.env/b", /not a directory/],
  ["sub", /is a directory/],
  ["/", /is a directory/],
  ["fifo", /not a regular file/],
  ["loop", /too many levels/],
  ["out", /no such file/],
  ["outAbsolute", /not a directory/],
  ["system", /not a directory/],
  ["kernel", /not a directory/],
];

for (const [where, access] of Object.entries(accesses)) {
  const ignore = where !== "without one" && access === undefined;
  Deno.test({
    name: `R-ENV-7: readVolumeFile() stays in the volume, ${where}`,
    ignore,
    fn: async () => {
      const { folder, volume } = await makeVolume();
      const readAt = (path: string, maxBytes = 100) =>
        readVolumeFile({ volume, path, maxBytes }, access, tools.sh, never);
      try {
        for (const [path, content] of found) {
          const { path: onNode, data } = await readAt(path);
          equal(new TextDecoder().decode(data), content, path);
          equal(onNode.startsWith(`${volume}/`), true);
        }
        for (const [path, why] of refused) {
          await rejects(readAt(path), (error) => {
            equal(error instanceof RuntimeError && error.reason, "ReadVolumeFile");
            match((error as Error).message, why, path);
            return true;
          });
        }
        await rejects(readAt("a.env", 5), /larger than 5 bytes/);
        equal((await readAt("a.env", 6)).data.length, 6);
        Deno.truncateSync(`${volume}/sub/b.env`, 2 ** 40);
        await rejects(readAt("sub/b.env"), /larger than 100 bytes/);
        const aborted = AbortSignal.abort(new Error("not needed any more"));
        const file = { volume, path: "a.env", maxBytes: 9 };
        await rejects(readVolumeFile(file, access, tools.sh, aborted), /not needed/);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
