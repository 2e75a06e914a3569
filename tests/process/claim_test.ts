/** The volume of a claim stays after a run, and goes with the claim. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { Place, runPod, USERS } from "./support.ts";

const claim = {
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "data" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
};

/** Closed to every other user, and with another name for what is outside. */
const WRITE = "umask 077; mkdir -p /v/a/b; echo x >/v/a/b/c; ln -s /etc /v/out; sleep 0.3";

for (const user of USERS) {
  Deno.test({
    name: `R-VOL-10: the volume of a claim goes with it, and not before, of ${user.name}`,
    ignore: user.ignore,
    fn: async () => {
      await using place = await Place.open();
      const volumes = `${place.folder}/data/volumes/default`;
      const run = async (args: readonly string[]) =>
        await runPod(place, {
          ...await user.as(place),
          args,
          objects: [claim],
          spec: { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }] },
          containers: {
            c: {
              command: ["sh", "-c", `${WRITE}; test -e /v/a/b/c`],
              volumeMounts: [{ name: "v", mountPath: "/v" }],
            },
          },
        });
      equal((await run([])).code, 0);
      deepEqual(Array.from(Deno.readDirSync(volumes), ({ name }) => name), ["data"]);
      // It uses the volume to its end.
      const { code, stderr } = await run(["--delete", "pvc/data@0.1s"]);
      equal(code, 0, stderr);
      deepEqual(Array.from(Deno.readDirSync(volumes), ({ name }) => name), []);
      deepEqual(place.leftovers(), []);
    },
  });
}
