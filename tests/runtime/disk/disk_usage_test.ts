/** Disk usage of pods, on real folders; the clock is the test's. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { VirtualClock } from "../../../src/base/clock.ts";
import {
  type DiskLimit,
  DiskWatch,
  findContainerLimit,
  findPodLimit,
  findVolumeLimits,
  measureDiskUsage,
} from "../../../src/runtime/disk/disk_usage.ts";
import type { VolumeConfig } from "../../../src/runtime/config.ts";
import type { RuntimeEvent } from "../../../src/runtime/runtime.ts";
import { until } from "../../process/support.ts";
import { containerConfigOf, sandboxConfigOf } from "../../support/runtime_configs.ts";

Deno.test("R-VOL-2: findVolumeLimits() finds emptyDirs on a disk that have a limit", () => {
  const emptyDir = (
    name: string,
    medium: "" | "Memory",
    sizeLimitBytes?: number,
  ): VolumeConfig => ({
    name,
    type: "emptyDir",
    medium,
    ...(sizeLimitBytes === undefined ? {} : { sizeLimitBytes }),
  });
  const volumes = [
    emptyDir("a", "", 1 << 20),
    emptyDir("b", "Memory", 1 << 20),
    emptyDir("c", ""),
    emptyDir("d", "", 500_000),
  ];
  const paths = new Map(volumes.map(({ name }) => [name, `/volumes/${name}`]));
  deepEqual(findVolumeLimits(volumes, paths), [
    {
      paths: ["/volumes/a"],
      bytes: 1 << 20,
      message: 'Usage of EmptyDir volume "a" exceeds the limit "1Mi". ',
    },
    {
      paths: ["/volumes/d"],
      bytes: 500_000,
      message: 'Usage of EmptyDir volume "d" exceeds the limit "500k". ',
    },
  ]);
});

Deno.test("findPodLimit() is for pods that have one", () => {
  deepEqual(findPodLimit(sandboxConfigOf(), ["/pod"]), []);
  deepEqual(findPodLimit(sandboxConfigOf({ ephemeralStorageLimitBytes: 2048 }), ["/pod", "/log"]), [
    {
      paths: ["/pod", "/log"],
      bytes: 2048,
      message: "Pod ephemeral local storage usage exceeds the total limit of containers 2Ki. ",
    },
  ]);
});

Deno.test("R-VOL-8: findContainerLimit() is for containers that have one", () => {
  const config = { ...containerConfigOf(), name: "c" };
  deepEqual(findContainerLimit(config, ["/layer"]), []);
  deepEqual(findContainerLimit({ ...config, ephemeralStorageLimitBytes: 1 << 20 }, ["/layer"]), [
    {
      paths: ["/layer"],
      bytes: 1 << 20,
      message: 'Container c exceeded its local ephemeral storage limit "1Mi". ',
    },
  ]);
});

/** A folder on a disk, gone afterwards. */
async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const MEBIBYTE = new Uint8Array(1 << 20).fill(1);

Deno.test("measureDiskUsage() counts a folder within another for both", () =>
  withFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/pod/volume`, { recursive: true });
    Deno.writeFileSync(`${folder}/pod/volume/file`, MEBIBYTE);
    const paths = [`${folder}/pod/volume`, `${folder}/pod`];
    const usage = await measureDiskUsage(paths, []);
    for (const path of paths) equal(usage.get(path)! >= 1 << 20, true, path);
  }));

Deno.test("measureDiskUsage() counts blocks, each once, and follows nothing", () =>
  withFolder(async (folder) => {
    const of = async (path: string) => (await measureDiskUsage([path], [])).get(path);
    Deno.mkdirSync(`${folder}/v/sub`, { recursive: true });
    const empty = (await of(`${folder}/v`))!;
    Deno.writeFileSync(`${folder}/v/sub/file`, MEBIBYTE);
    Deno.linkSync(`${folder}/v/sub/file`, `${folder}/v/again`);
    Deno.symlinkSync("/usr", `${folder}/v/link`);
    using sparse = Deno.openSync(`${folder}/v/sparse`, { write: true, createNew: true });
    sparse.truncateSync(1 << 30);
    const full = (await of(`${folder}/v`))!;
    // What names and links take is a matter of the file system.
    equal(
      full - empty >= MEBIBYTE.length && full - empty < 2 * MEBIBYTE.length,
      true,
      `${full - empty}`,
    );
    equal(await of(`${folder}/gone`), undefined);
    deepEqual(await measureDiskUsage([], []), new Map());
    deepEqual([...(await measureDiskUsage([`${folder}/gone`, `${folder}/v`], [])).keys()], [
      `${folder}/v`,
    ]);
  }));

Deno.test("DiskWatch evicts a pod once that writes too much, and looks no longer than there is something", () =>
  withFolder(async (folder) => {
    const [clock, wallClock] = [new VirtualClock(), new VirtualClock()];
    const events: RuntimeEvent[] = [];
    let reported = Promise.withResolvers<void>();
    const watch = new DiskWatch({
      clock,
      wallClock,
      enter: () => [],
      onEvicted: (event) => {
        events.push(event);
        reported.resolve();
      },
    });
    const limit = (path: string): DiskLimit => ({
      paths: [`${folder}/${path}`, `${folder}/both`],
      bytes: 1 << 20,
      message: `too much in ${path}`,
    });
    for (const name of ["a", "b", "both"]) Deno.mkdirSync(`${folder}/${name}`);
    watch.add("none", []);
    equal(wallClock.nextWake, undefined);
    watch.add("pod-a", [limit("a")]);
    watch.add("pod-a", [limit("a")]);
    watch.add("pod-b", [limit("b")]);
    equal(wallClock.nextWake, 1000);

    Deno.writeFileSync(`${folder}/a/file`, MEBIBYTE);
    await clock.advance(7);
    await wallClock.advance(1000);
    await reported.promise;
    const evicted = { type: "podEvicted", reason: "Evicted", at: 7 } as const;
    deepEqual(events, [{ ...evicted, podUid: "pod-a", message: "too much in a" }]);

    Deno.writeFileSync(`${folder}/both/file`, MEBIBYTE);
    reported = Promise.withResolvers();
    await until(() => wallClock.nextWake === 2000);
    await wallClock.advance(1000);
    await reported.promise;
    deepEqual(events.slice(1), [{ ...evicted, podUid: "pod-b", message: "too much in b" }]);

    await watch.forget("pod-a");
    await watch.forget("pod-b");
    equal(wallClock.nextWake, undefined);
    await watch.close();
  }));

Deno.test("DiskWatch closes while it looks, and begins again", () =>
  withFolder(async (folder) => {
    const wallClock = new VirtualClock();
    const watch = new DiskWatch({
      clock: wallClock,
      wallClock,
      enter: () => [],
      onEvicted: () => {},
    });
    for (let round = 0; round < 3; round++) {
      watch.add("pod", [{ paths: [folder], bytes: 1 << 30, message: "" }]);
      equal(wallClock.nextWake, wallClock.now() + 1000);
      await wallClock.advance(1000);
      await watch.close();
      equal(wallClock.nextWake, undefined);
    }
  }));
