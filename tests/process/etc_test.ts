/**
 * The Pod's files in `/etc` stay when a volume covers it; only a mount at the very path takes the
 * place of one (R-HOST-2).
 */
import { match, strictEqual as equal } from "node:assert/strict";
import { asOrdinaryUser, canBecomeOrdinary, canSandbox, Place, runPod } from "./support.ts";

const LOOK = "ls -A /etc | tr '\\n' ' '; tail -n 1 /etc/hosts; cat /etc/hostname";

for (const user of ["the caller", "an ordinary user"] as const) {
  for (const subPath of [undefined, "a/b"]) {
    Deno.test({
      name: `a volume ${
        subPath ? "at a subPath " : ""
      }over /etc leaves the Pod's files, of ${user}`,
      ignore: !canSandbox || user === "an ordinary user" && !canBecomeOrdinary,
      fn: async () => {
        await using place = await Place.open();
        const outcome = await runPod(place, {
          ...user === "the caller" ? {} : await asOrdinaryUser(place),
          mode: "sandbox",
          spec: { hostname: "own-name", volumes: [{ name: "v", emptyDir: {} }] },
          containers: {
            main: {
              command: ["sh", "-c", LOOK],
              volumeMounts: [{ name: "v", mountPath: "/etc", ...subPath && { subPath } }],
            },
          },
        });
        const [first = "", ...rest] = outcome.of("main").stdout.trim().split("\n");
        match(first, /^hostname hosts resolv\.conf \S+\town-name$/, outcome.stderr);
        equal(rest.join(), "own-name");
      },
    });
  }
}
