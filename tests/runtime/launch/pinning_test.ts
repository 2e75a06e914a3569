/**
 * R-VOL-5: a path within a volume leads to what is in the volume, whatever happens to its names.
 */
import { strictEqual as equal } from "node:assert/strict";
import { formatPinning } from "../../../src/runtime/launch/pinning.ts";
import { quote } from "../../../src/runtime/launch/shell_words.ts";

const script = [
  "fault='failed to prepare subPath'",
  'fail() { echo "failed: $1"; exit 1; }',
  ...formatPinning({ mkdir: "mkdir", readlink: "readlink" }, []),
  'hold "$@"',
  'echo "$kind $(readlink /proc/self/fd/8)"',
].join("\n");

/** What it comes to: the kind and the path below the folder, or why it is refused. */
async function hold(folder: string, wanted: "d" | "f", names: string): Promise<string> {
  const { stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", script, "NONCE", wanted, "750", `${folder}/volume`, ...names.split("/")],
  }).output();
  const said = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
  return said.trim().replace("NONCE? failed to prepare subPath: ", "").replace(folder, "");
}

function test(name: string, body: (folder: string) => Promise<void>): void {
  Deno.test(name, async () => {
    const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "it's a " }));
    try {
      Deno.mkdirSync(`${folder}/volume/a/b`, { recursive: true });
      Deno.mkdirSync(`${folder}/volume-2`);
      Deno.writeTextFileSync(`${folder}/volume/a/file`, "");
      Deno.writeTextFileSync(`${folder}/outside`, "");
      const links = {
        inside: "a/b",
        key: "a/file",
        up: "..",
        root: "/",
        next: "../volume-2",
        absolute: "/etc/passwd",
        file: "../outside",
        broken: "nowhere",
        missing: "../volume-2/podling-must-not-make-this",
        loop: "loop",
      };
      for (const [link, to] of Object.entries(links)) {
        Deno.symlinkSync(to, `${folder}/volume/${link}`);
      }
      await body(folder);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

const rows: [names: string, wanted: "d" | "f", answer: string][] = [
  ["a", "d", "d /volume/a"],
  ["a/b", "d", "d /volume/a/b"],
  ["a/file", "d", "f /volume/a/file"],
  ["new/deep", "d", "d /volume/new/deep"],
  ["new/file", "f", "f /volume/new/file"],
  ["odd  name's/$(x)", "d", "d /volume/odd  name's/$(x)"],
  ["-n", "d", "d /volume/-n"],
  ["inside", "d", "d /volume/a/b"],
  ["key", "d", "f /volume/a/file"],
  ["inside/new", "d", "d /volume/a/b/new"],
  ["up", "d", '"up" leads out of the volume'],
  ["a/../..", "d", '"a/../.." leads out of the volume'],
  ["root/tmp", "d", '"root/tmp" leads out of the volume'],
  ["next", "d", '"next" leads out of the volume'],
  ["absolute", "d", '"absolute" leads out of the volume'],
  ["file", "d", '"file" leads out of the volume'],
  ["broken", "d", '"broken" cannot be reached'],
  ["missing", "d", '"missing" cannot be reached'],
  ["missing", "f", '"missing" cannot be reached'],
  ["loop", "d", '"loop" cannot be reached'],
  ["a/file/x", "d", '"a/file/x" leads through a file'],
];
for (const [names, wanted, answer] of rows) {
  test(`hold: ${names} as ${wanted}`, async (folder) => {
    equal(await hold(folder, wanted, names), answer);
    equal([...Deno.readDirSync(`${folder}/volume-2`)].length, 0);
  });
}

test("hold: never out of the volume while names are swapped", async (folder) => {
  const swap = `cd ${quote(`${folder}/volume`)} && mkdir -p real/deep other/deep
    echo ready
    while [ ! -e ../stop ]; do
      rm -rf x && ln -s real x && ln -sfn /etc x && ln -sfn ../volume-2 x && rm x && mv -T other x
      mv -T x other && ln -s real/../../volume-2 x
    done 2>/dev/null`;
  const swapper = new Deno.Command("sh", { args: ["-c", swap], stdout: "piped" }).spawn();
  const reader = swapper.stdout.getReader();
  await reader.read();
  for (let round = 0; round < 150; round++) {
    const answer = await hold(folder, "d", "x/deep");
    const isInside = answer.startsWith("d /volume/");
    const isRefused = /leads out of the volume|cannot be reached|failed:|Can't open/.test(answer);
    equal(isInside || isRefused, true, answer);
  }
  Deno.writeTextFileSync(`${folder}/stop`, "");
  await swapper.status;
  await reader.cancel();
  equal([...Deno.readDirSync(`${folder}/volume-2`)].length, 0);
});
