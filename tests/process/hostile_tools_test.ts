/**
 * Volumes over the machine's programs, libraries and settings, with false ones in them, and
 * variables that mean something to a loader or a shell: nothing but the container's own program
 * ever sees them.
 */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { canBeEvil, makeEvil, MARKS, marksOf, OWN, ownMounts, ownShell } from "./evil.ts";
import { exists, Place, runPod, type TestContainer, USERS } from "./support.ts";

/** Paths that the false ones may be put over, all together or one by one. */
const COVERED = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc"];

/** A container that is asked by a probe, and that has hooks; what it runs itself is its own. */
function asked(name: string, fields: Record<string, unknown>, script = ":"): TestContainer {
  const touch = (what: string) => ({ exec: { command: [`${OWN}/busybox`, "touch", what] } });
  const probe = `until [ -e ${MARKS}/ok-ready-${name} ]; do ${OWN}/busybox usleep 100000; done
    ${OWN}/busybox touch ${MARKS}/ok-probe-${name}`;
  return {
    command: [
      ...ownShell,
      `${script}; : >${MARKS}/ok-ready-${name}; trap "exit 0" TERM
      ${OWN}/busybox sleep 1000 & wait`.replaceAll("$", () => "$$"),
    ],
    readinessProbe: {
      exec: { command: [...ownShell, probe] },
      periodSeconds: 1000,
      timeoutSeconds: 150,
    },
    lifecycle: {
      postStart: touch(`${MARKS}/ok-start-${name}`),
      preStop: touch(`${MARKS}/ok-stop-${name}`),
    },
    ...fields,
  };
}

const cover = (...paths: string[]) => ({
  volumeMounts: [...ownMounts, ...paths.map((mountPath) => ({ name: "false", mountPath }))],
});

/** What a container does to its own view before it is asked. */
const REPLACE = `${OWN}/busybox cp -rf /false/* /replaced/
for f in ld.so.preload nsswitch.conf passwd group; do ${OWN}/busybox cp -f /false/$f /etc/$f; done 2>/dev/null
${OWN}/busybox cp -f /false/bin/* /usr/bin/ 2>/dev/null
for lib in /lib /lib64 /lib/*-linux-gnu; do ${OWN}/busybox cp -f /false/lib/lib* $lib/; done 2>/dev/null`;

for (const user of USERS) {
  Deno.test({
    name: `false programs and libraries, of ${user.name}`,
    ignore: user.ignore || !canBeEvil,
    fn: async (test) => {
      await using place = await Place.open();
      const { volumes } = await makeEvil(place);
      const mayBecome = user.name !== "an ordinary user";
      const containers: Record<string, TestContainer> = {
        ...Object.fromEntries(
          COVERED.map((path) => [`over${path.replace("/", "-")}`, cover(path)]).map((
            [name, fields],
          ) => [name as string, asked(name as string, fields as Record<string, unknown>)]),
        ),
        "over-all": asked("over-all", cover(...COVERED)),
        "as-someone": asked("as-someone", {
          ...cover(...COVERED),
          securityContext: { runAsUser: 1000, runAsGroup: 1000, capabilities: { drop: ["ALL"] } },
        }),
        "as-root-without": asked("as-root-without", {
          ...cover(...COVERED),
          securityContext: { capabilities: { drop: ["ALL"] }, allowPrivilegeEscalation: false },
        }),
        "privileged": asked("privileged", {
          ...cover(...COVERED),
          securityContext: { privileged: true },
        }),
        "replaced": asked("replaced", {
          volumeMounts: [
            ...ownMounts,
            { name: "false", mountPath: "/false" },
            { name: "replaced", mountPath: "/replaced" },
            { name: "replaced", mountPath: "/usr/sbin" },
          ],
        }, REPLACE),
        "over-tools": asked("over-tools", {
          volumeMounts: [...ownMounts, { name: "false", mountPath: "/.podling/lib/../../opt" }],
        }),
      };
      if (!mayBecome) delete containers["as-someone"];
      const names = Object.keys(containers);
      const outcome = await runPod(place, {
        containers,
        spec: {
          terminationGracePeriodSeconds: 20,
          volumes: [...volumes, { name: "replaced", emptyDir: {} }],
        },
        args: ["--until=Ready", "--timeout=180s"],
        ...await user.as(place),
      });
      for (const name of names) {
        await test.step(name, () => {
          for (const what of ["start", "probe", "stop"]) {
            const mark = `${place.folder}/marks/ok-${what}-${name}`;
            equal(exists(mark), true, `${what}: ${outcome.stderr}${outcome.of(name).stderr}`);
          }
        });
      }
      deepEqual(marksOf(place), []);
      equal(outcome.code, 0, outcome.stderr);
    },
  });
}
