/**
 * What containers keep in memory has a file system of its own, with a size: it never fills one of
 * the machine's (R-VOL-2).
 */
import { match, strictEqual as equal } from "node:assert/strict";
import { asOrdinaryUser, canBecomeOrdinary, canSandbox, Place, runPod } from "./support.ts";

const FILL =
  'for path in /dev/shm /m; do grep " $path " /proc/mounts | grep -o "^[^ ]* $path tmpfs.*"; stat -c %a $path; done;' +
  " head -c 67108864 /dev/zero >/dev/shm/full && echo full; echo x 2>/dev/null >/dev/shm/more || echo no more";

for (const user of ["the caller", "an ordinary user"] as const) {
  Deno.test({
    name: `/dev/shm holds 64 MiB, and a volume in memory what the Pod may use, of ${user}`,
    ignore: !canSandbox || user === "an ordinary user" && !canBecomeOrdinary,
    fn: async () => {
      await using place = await Place.open();
      const outcome = await runPod(place, {
        ...user === "the caller" ? {} : await asOrdinaryUser(place),
        mode: "sandbox",
        spec: { volumes: [{ name: "m", emptyDir: { medium: "Memory" } }] },
        containers: {
          main: {
            command: ["sh", "-c", FILL.replaceAll("$", () => "$$")],
            resources: { limits: { memory: "256Mi" } },
            volumeMounts: [{ name: "m", mountPath: "/m" }],
          },
        },
      });
      const [shm = "", shmMode, memory = "", mode, ...rest] = outcome.of("main").stdout.split("\n");
      match(shm, /^shm \/dev\/shm tmpfs rw,nosuid,nodev,noexec,.*size=65536k/, outcome.stderr);
      match(memory, /^emptyDir \/m tmpfs rw,.*nodev,.*size=262144k/);
      equal(`${shmMode} ${mode}`, "1777 1777");
      equal(rest.join("|"), "full|no more|");
    },
  });
}
