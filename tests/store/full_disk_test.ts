/** A real disk that fills up: nothing that was answered is lost, and it takes writes again. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";

/** A file system of 6 MiB that is gone with the program on it. */
const MOUNTED = 'mount -t tmpfs -o size=6m tmpfs "$1" && exec "$2" run --no-check -A "$3" "$1"';

async function canMount(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("unshare", {
      args: ["-m", "true"],
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test({
  name: "a disk that fills up loses nothing, and takes writes again when there is room",
  ignore: !await canMount(),
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "podling-full-" });
    const program = new URL("full_disk.ts", import.meta.url).pathname;
    const { code, stdout, stderr } = await new Deno.Command("unshare", {
      args: ["-m", "sh", "-c", MOUNTED, "sh", folder, Deno.execPath(), program],
    }).output();
    await Deno.remove(folder, { recursive: true });
    const decoder = new TextDecoder();
    equal(code, 0, decoder.decode(stderr));
    const { count, ...found } = JSON.parse(decoder.decode(stdout));
    ok(count > 50, `${count} objects`);
    deepEqual(found, {
      nearlyFull: [
        'error: Writes are refused because="the disk of the data folder is full: make room there"',
      ],
      isRemoved: true,
      isFailing: true,
      isRefused: true,
      isAccepted: true,
      isSame: true,
    });
  },
});
