/**
 * Whatever a manifest asks for, nothing of the machine is written to, listed or signalled: one
 * script that tries, run with each field that could open a way.
 */
import { strictEqual as equal, throws } from "node:assert/strict";
import { asOrdinaryUser, canBecomeOrdinary, canSandbox, isRoot, Place, runPod } from "./support.ts";

/**
 * Says what it has reached; `$1` is a process of the machine, `$2` and `$3` folders of podling,
 * `$4` a folder of the machine.
 */
const TRY = `
reached() { echo "reached: $*"; }
{ echo x >"$4/written"; echo x >>"$4/known"; } 2>/dev/null
kill -0 "$1" 2>/dev/null && reached a process
[ ! -e "/proc/$1" ] || [ "$(tr '\\0' ' ' <"/proc/$1/cmdline" 2>/dev/null)" = "" ] || reached its arguments
[ -z "$(ls -A "$2" "$3" 2>/dev/null | grep -v :)" ] || reached "podling's folders"
mknod /v/disk b 254 0 2>/dev/null && head -c 1 /v/disk 2>/dev/null | grep -q . && reached a disk
mknod /dev/disk b 254 0 2>/dev/null && head -c 1 /dev/disk 2>/dev/null | grep -q . && reached a disk in /dev
(echo 7 >/proc/sys/kernel/panic) 2>/dev/null && reached a kernel parameter
(echo b >/proc/sysrq-trigger) 2>/dev/null && reached the sysrq key
for path in /dev/full /proc/interrupts /proc/self/fd/0 /zero; do
  chmod 666 "$path" 2>/dev/null && reached "the permissions of the machine's $path"
done
date -s 2001-01-01 >/dev/null 2>&1 && reached the clock
for root in /proc/[0-9]*/root; do
  [ ! -e "$root$4/known" ] || [ -e "$4/known" ] || reached "the machine's files through $root"
done
for path in /dev/mem /dev/kmsg /dev/vda /dev/sda /proc/kcore; do
  head -c 1 "$path" 2>/dev/null | grep -q . && reached "$path"
done
echo over`;

const asked: readonly [
  name: string,
  container: Readonly<Record<string, unknown>>,
  spec: Readonly<Record<string, unknown>>,
][] = [
  ["nothing", {}, {}],
  ["privileged", { securityContext: { privileged: true } }, {}],
  ["every capability", { securityContext: { capabilities: { add: ["ALL"] } } }, {}],
  ["the power to look into others", {
    securityContext: { capabilities: { add: ["SYS_PTRACE", "DAC_READ_SEARCH", "SYS_RAWIO"] } },
  }, { shareProcessNamespace: true }],
  ["hostPID and hostIPC", {}, { hostPID: true, hostIPC: true }],
  ["hostNetwork", {}, { hostNetwork: true }],
  ["hostUsers", {}, { hostUsers: true }],
  ["shareProcessNamespace", {}, { shareProcessNamespace: true }],
];

/**
 * Only an ordinary user's Pods have users of their own, without which `procMount: Unmasked` is
 * invalid.
 */
const unmasked: typeof asked[number] = [
  "an unmasked /proc",
  { securityContext: { procMount: "Unmasked", privileged: true } },
  { hostUsers: false },
];

for (const user of ["the caller", "an ordinary user"] as const) {
  const ownUsers = user === "an ordinary user" || !isRoot;
  for (const [name, container, spec] of ownUsers ? [...asked, unmasked] : asked) {
    Deno.test({
      name: `a Pod of ${user} that asks for ${name} reaches nothing of the machine`,
      ignore: !canSandbox || user === "an ordinary user" && !canBecomeOrdinary,
      fn: async () => {
        await using place = await Place.open();
        const folder = await Deno.makeTempDir({ dir: "/var/tmp" });
        await Deno.writeTextFile(`${folder}/known`, "as it was");
        await Deno.chmod(folder, 0o777);
        const options = user === "the caller" ? {} : await asOrdinaryUser(place);
        const { PODLING_STATE, PODLING_DATA } = place.env;
        const outcome = await runPod(place, {
          ...options,
          mode: "sandbox",
          args: ["--workdir", place.work],
          spec: {
            ...spec,
            volumes: [{ name: "v", emptyDir: {} }, {
              name: "zero",
              hostPath: { path: "/dev/zero" },
            }],
          },
          containers: {
            main: {
              command: ["sh", "-c", TRY.replaceAll("$", () => "$$"), "sh"],
              args: [String(Deno.pid), PODLING_STATE, PODLING_DATA, folder],
              volumeMounts: [
                { name: "v", mountPath: "/v" },
                { name: "zero", mountPath: "/zero" },
              ],
              ...container,
            },
          },
        });
        equal(outcome.of("main").stdout, "over\n", outcome.stderr);
        equal(await Deno.readTextFile(`${folder}/known`), "as it was");
        throws(() => Deno.lstatSync(`${folder}/written`), Deno.errors.NotFound);
        await Deno.remove(folder, { recursive: true });
      },
    });
  }
}

Deno.test({
  name: "what a hook reads from is not the machine's own /dev/null, nor what a program reads from",
  ignore: !canSandbox,
  fn: async () => {
    await using place = await Place.open();
    // The permissions that it has already.
    const change = "chmod 666 /proc/self/fd/0 2>/dev/null && echo changed || echo refused";
    const outcome = await runPod(place, {
      mode: "sandbox",
      containers: {
        main: {
          command: ["sh", "-c", `${change}; until [ -e hook ]; do sleep 0.02; done; cat hook`],
          lifecycle: {
            postStart: { exec: { command: ["sh", "-c", `(${change}) >new; mv new hook`] } },
          },
        },
      },
    });
    equal(outcome.of("main").stdout, "refused\nrefused\n", outcome.stderr);
  },
});
