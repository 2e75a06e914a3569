/**
 * Machines that lack something, or give less than usual: the exit status is right, what is lacking
 * is said in one line and never in a stack, and nothing is left.
 */
import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { HOST_TOOLS } from "../../src/runtime/machine/machine.ts";
import { VIEW_TOOLS } from "../../src/runtime/machine/view_tools.ts";
import {
  asOrdinaryUser,
  canBecomeOrdinary,
  canSandbox,
  hasProgram,
  isRoot,
  Place,
  succeeds,
  writePod,
} from "../process/support.ts";

type Isolation = "auto" | "sandbox" | "process";

/** What a run in such an environment comes to. */
interface Outcome {
  readonly code: number;
  /** Standard error, without an empty last line. */
  readonly lines: readonly string[];
  readonly stdout: string;
}

/** An environment and what it has to come to. */
interface Row {
  readonly name: string;
  /** A shell's script that makes it; the words that run the program are its arguments. */
  readonly script: string;
  /** @default the machine's best and none */
  readonly isolation?: readonly Isolation[];
  /** Started as an ordinary user; the script is still the caller's. @default false */
  readonly isOrdinary?: boolean;
  /** Not available here. @default false */
  readonly ignore?: boolean;
  /** Of the container's, or what its lack comes to. @default 3 */
  readonly code?: number;
  /** The one line that says what is lacking. @default there is none */
  readonly says?: RegExp;
}

const canMount = isRoot && canSandbox && await succeeds(["unshare", "--mount", "true"]);
const canMap = canSandbox && await succeeds(["unshare", "--user", "--map-root-user", "true"]);
const busybox = await hasProgram("busybox");
const prlimit = await hasProgram("prlimit");

/** In a mount namespace of its own. */
const mounting = (commands: string) =>
  `exec unshare --mount sh -c '${commands}
  exec "$@"' sh "$@"`;

/** Without these there is no container at all; without the others there is no sandbox. */
const ESSENTIAL = ["sh", "setsid", "env", "rm", "rmdir", "chmod", "grep", "sleep"];
const tools = [...new Set([...HOST_TOOLS, ...VIEW_TOOLS])];

const rows: readonly Row[] = [
  ...tools.map((tool): Row => ({
    name: `no ${tool}`,
    script: mounting(`mount --bind /dev/null "$(readlink -f "$(command -v ${tool})")"`),
    isolation: ["auto"],
    ignore: !canMount,
    ...ESSENTIAL.includes(tool)
      ? { code: 125, says: new RegExp(`^podling: Cannot run containers: ${tool} cannot be found`) }
      : {
        says: new RegExp(`not separated from the host: ${tool} cannot be found on PATH; install`),
      },
  })),
  {
    name: "busybox as sh",
    script: mounting('mount --bind "$(command -v busybox)" "$(readlink -f /bin/sh)"'),
    ignore: !canMount || !busybox,
  },
  {
    name: "state that is read-only",
    script: mounting(
      'mkdir -p "$PODLING_STATE/runs"; mount --bind "$PODLING_STATE" "$PODLING_STATE"; mount -o remount,bind,ro "$PODLING_STATE"',
    ),
    ignore: !canMount,
    code: 125,
    says: /^podling: Cannot make .*Read-only file system.*PODLING_STATE/,
  },
  {
    name: "data that is read-only",
    script: mounting(
      'mkdir -p -m 700 "$PODLING_DATA" "$PODLING_DATA/runs"; mount --bind "$PODLING_DATA" "$PODLING_DATA"; mount -o remount,bind,ro "$PODLING_DATA"',
    ),
    ignore: !canMount,
    code: 125,
    says: /^podling: Cannot make .*Read-only file system.*PODLING_DATA/,
  },
  {
    name: "data without inodes",
    script: mounting(
      'mkdir -p "$PODLING_DATA"; mount -t tmpfs -o nr_inodes=2,mode=700 tmpfs "$PODLING_DATA"',
    ),
    ignore: !canMount,
    code: 125,
    says: /^podling: Cannot make .*No space left on device.*PODLING_DATA/,
  },
  {
    name: "processes of others that are hidden",
    script: mounting("mount -t proc -o hidepid=2 proc /proc"),
    ignore: !canMount || !canBecomeOrdinary,
    isOrdinary: true,
  },
  { name: "standard input that is closed", script: 'exec "$@" <&-' },
  { name: "standard output that is closed", script: 'exec "$@" >&-' },
  { name: "standard error that is closed", script: 'exec "$@" 2>&-' },
  { name: "no standard stream", script: 'exec "$@" <&- >&- 2>&-' },
  { name: "standard input that is a directory", script: 'exec "$@" </' },
  {
    name: "standard output that is full",
    script: 'exec "$@" >/dev/full',
    code: 125,
    says: /^podling: Standard output cannot be written any more: no space left on device/,
  },
  { name: "standard error that is full", script: 'exec "$@" 2>/dev/full' },
  { name: "48 descriptors", script: 'ulimit -n 48; exec "$@"' },
  {
    name: "32 descriptors",
    script: 'ulimit -n 32; exec "$@"',
    code: 125,
    says: /Too many open files.*; ulimit -n bounds the descriptors of a process/,
  },
  {
    name: "no variables",
    script: 'exec env -i "PODLING_STATE=$PODLING_STATE" "PODLING_DATA=$PODLING_DATA" "$@"',
  },
  { name: "a PATH that leads nowhere", script: 'PATH=/nowhere exec "$@"' },
  { name: "umask 000", script: 'umask 000; exec "$@"' },
  { name: "umask 777", script: 'umask 777; exec "$@"' },
  {
    name: "root of a user namespace",
    script: 'exec unshare --user --map-root-user "$@"',
    ignore: !canMap,
  },
  {
    name: "root of namespaces of all kinds",
    script:
      'exec unshare --user --map-root-user --pid --fork --mount --mount-proc --ipc --uts "$@"',
    ignore: !canMap,
  },
  {
    name: "a user that a user namespace does not map",
    script: 'exec unshare --user "$@"',
    isolation: ["process"],
    ignore: !canMap,
  },
  {
    name: "a user that a user namespace does not map, in a sandbox",
    script: 'exec unshare --user "$@"',
    isolation: ["sandbox"],
    ignore: !canMap,
    code: 125,
    says: /^podling: Cannot make a sandbox: the kernel refuses namespaces here/,
  },
];

for (const row of rows) {
  const { isolation = canSandbox ? ["sandbox", "process"] : ["process"] } = row;
  for (const level of isolation) {
    const ignore = row.ignore ?? false;
    Deno.test({ name: `${row.name} (${level})`, ignore }, async () => {
      await using place = await Place.open();
      const { code, lines, stdout } = await runIn(place, row, level);
      const said = lines.join("\n");
      deepEqual(lines.filter((line) => /internal error|^\s+at /.test(line)), [], said);
      equal(code, row.code ?? 3, said);
      equal(lines.length, row.says === undefined ? 0 : 1, said);
      if (row.says !== undefined) match(said, row.says);
      if (code === 3 && stdout !== "") ok(stdout.includes('"line":"hello"'), stdout);
    });
  }
}

/** As few processes as the user may have: whatever part cannot be started, the run ends. */
Deno.test({
  name: "few processes",
  ignore: !canBecomeOrdinary || !canSandbox || !prlimit,
  fn: async (test) => {
    for (const count of [22, 24, 26, 28, 30, 32]) {
      await test.step(`${count}`, async () => {
        await using place = await Place.open();
        const script = `exec prlimit --nproc=${count} "$@"`;
        const row = { name: "", script, isOrdinary: true };
        const { lines } = await runIn(place, row, "sandbox");
        const said = lines.join("\n");
        // Deno itself takes some: its message then is not ours.
        if (said.includes("Deno could not start")) return;
        deepEqual(lines.filter((line) => /internal error|^\s+at /.test(line)), [], said);
      });
    }
  },
});

/** Runs a container that says hello and ends with 3. */
async function runIn(
  place: Place,
  { script, isOrdinary }: Row,
  isolation: Isolation,
): Promise<Outcome> {
  const { prefix = [], env = {} } = isOrdinary ? await asOrdinaryUser(place) : {};
  const words = await writePod(place, {
    containers: { main: { command: ["sh", "-c", "echo hello; exit 3"] } },
    prefix,
  });
  const args = words.map((it) => it.startsWith("--isolation=") ? `--isolation=${isolation}` : it);
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", script, "sh", ...args],
    env: { ...place.env, NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const lines = decoder.decode(stderr).split("\n");
  if (lines.at(-1) === "") lines.pop();
  return { code, lines, stdout: decoder.decode(stdout) };
}
