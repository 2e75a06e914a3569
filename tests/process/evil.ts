/**
 * What a hostile container has with it: programs under the names of those that a launcher may
 * start, a library that is loaded wherever another program can be made to load it, and its own
 * program, which needs none of the machine's. Each of the false ones leaves a mark when it runs.
 */
import { hasProgram, type Place, succeeds } from "./support.ts";

/** A shell and tools in one static program. */
const BUSYBOX = await findStaticBusybox();

/** Whether false programs can be made here. */
export const canBeEvil: boolean = BUSYBOX !== undefined;
/** Whether false libraries can, too. */
export const canCompile: boolean = await hasProgram("cc");

/** Where a container finds its own things; where they leave marks. */
export const OWN = "/own";
export const MARKS = "/marks";
/** Words before a script that the container's own shell runs. */
export const ownShell: readonly string[] = [`${OWN}/busybox`, "sh", "-c"];
/** The volumes of these two, and where they are mounted. */
export const ownMounts: readonly Record<string, unknown>[] = [
  { name: "own", mountPath: OWN, readOnly: true },
  { name: "marks", mountPath: MARKS },
];

const FALSE_NAMES = (
  "mount umount setpriv sh dash bash env chroot nsenter pivot_root readlink unshare setsid mkdir od wc " +
  "ld.so ld-linux-x86-64.so.2 ld-linux-aarch64.so.1 ldconfig newuidmap newgidmap nscd true"
).split(" ");
const FALSE_LIBRARIES = [
  "libc.so.6",
  "libcap-ng.so.0",
  "libselinux.so.1",
  "libmount.so.1",
  "libnss_evil.so.2",
  "libnss_files.so.2",
  "gconv-evil.so",
];
/** Folders in which the false ones lie, from the volume's top. */
const FALSE_FOLDERS = ["", "bin", "sbin", "local/bin"];
const LIBRARY_FOLDERS = ["lib", "lib64", "lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu"];

/** Writes who it is into a file of its own. */
const MARK_SOURCE = `
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
__attribute__((constructor)) static void mark(void) {
  char name[64], text[8192];
  snprintf(name, sizeof name, "${MARKS}/library-%d", getpid());
  int from = open("/proc/self/status", O_RDONLY), to = open(name, O_WRONLY | O_CREAT, 0666);
  ssize_t size = read(from, text, sizeof text);
  if (to >= 0) write(to, text, size > 0 ? size : 0);
}
`;

/** Makes all that in a place; its volumes are `own`, `marks` and `false`, for `mounts`. */
export async function makeEvil(place: Place): Promise<{ readonly volumes: readonly unknown[] }> {
  const own = `${place.folder}/own`;
  const marks = `${place.folder}/marks`;
  const lies = `${place.folder}/false`;
  for (const folder of [own, marks, lies]) await Deno.mkdir(folder);
  await Deno.chmod(marks, 0o777);
  // A container starts in the working directory, whatever its user.
  await Deno.chmod(place.folder, 0o711);
  await Deno.copyFile(BUSYBOX!, `${own}/busybox`);
  await Deno.writeTextFile(`${own}/evil.c`, MARK_SOURCE);
  await Deno.writeTextFile(`${own}/evil.sh`, `: >${MARKS}/sourced-$$\n`);
  if (canCompile) {
    await succeeds(["cc", "-shared", "-fPIC", "-o", `${own}/evil.so`, `${own}/evil.c`]);
  }
  await Deno.mkdir(`${own}/lib`);
  for (const folder of [...FALSE_FOLDERS, ...LIBRARY_FOLDERS]) {
    await Deno.mkdir(`${lies}/${folder}`, { recursive: true });
  }
  for (const name of FALSE_NAMES) {
    const script =
      `#!${OWN}/busybox sh\n${OWN}/busybox cat /proc/self/status >${MARKS}/${name}-$$\n`;
    for (const folder of FALSE_FOLDERS) {
      await Deno.writeTextFile(`${lies}/${folder}/${name}`, script, { mode: 0o755 });
    }
  }
  if (canCompile) {
    for (const name of FALSE_LIBRARIES) {
      for (const folder of [`${own}/lib`, ...LIBRARY_FOLDERS.map((it) => `${lies}/${it}`)]) {
        await Deno.copyFile(`${own}/evil.so`, `${folder}/${name}`);
      }
    }
  }
  const etc = {
    "ld.so.preload": `${OWN}/evil.so\n`,
    "ld.so.cache": "",
    "nsswitch.conf": "passwd: evil\ngroup: evil\ninitgroups: evil\nhosts: evil\n",
    "passwd": "root:x:0:0::/:/evil\n0:x:1234:1234::/:/evil\n1000:x:0:0::/:/evil\n",
    "group": "0:x:1234:\n1000:x:0:\n",
    "ld.so.conf": `${OWN}/lib\n`,
    "ld-musl-x86_64.path": `${OWN}/lib\n`,
  };
  for (const [name, text] of Object.entries(etc)) await Deno.writeTextFile(`${lies}/${name}`, text);
  return {
    volumes: [
      { name: "own", hostPath: { path: own } },
      { name: "marks", hostPath: { path: marks } },
      { name: "false", hostPath: { path: lies } },
    ],
  };
}

/**
 * Names of the marks that false ones have left: empty when all is well. Those that begin with `ok-`
 * do not belong to false ones.
 */
export function marksOf(place: Place): string[] {
  return [...Deno.readDirSync(`${place.folder}/marks`)].map(({ name }) => name)
    .filter((name) => !name.startsWith("ok-")).sort();
}

/** A static one executes by itself; on request, the loader of any other lists what it loads. */
async function findStaticBusybox(): Promise<string | undefined> {
  for (const path of ["/usr/bin/busybox", "/bin/busybox"]) {
    try {
      const { stdout, success } = await new Deno.Command(path, {
        args: ["true"],
        env: { LD_TRACE_LOADED_OBJECTS: "1" },
      }).output();
      if (success && stdout.length === 0) return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}
