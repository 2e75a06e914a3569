/**
 * What a manifest adds is power, and never takes any away: over other users' files, and of becoming
 * another user.
 */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import {
  canRun,
  canSandbox,
  exists,
  MODES,
  Place,
  runPod,
  succeeds,
  type TestContainer,
  USERS,
} from "./support.ts";

/**
 * Reads what user 1000 has closed to all others, gives a file to another user, and becomes that
 * user.
 */
const TRY = `cat /data/secret; : >/data/$1; chown 1000:1001 /data/$1 && stat -c %u:%g /data/$1
setpriv --reuid=1000 --regid=1001 --clear-groups sh -c 'id -u; id -g'`;
const DONE = "secret\n1000:1001\n1000\n1001\n";

const asked: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "plain": {},
  "privileged": { privileged: true },
  "of-a-group": { privileged: true, runAsGroup: 7 },
  "all": { capabilities: { add: ["ALL"] } },
  ...Object.fromEntries(
    ["IPC_LOCK", "NET_ADMIN", "SYS_ADMIN", "SYS_NICE", "SYS_PTRACE", "SYS_TIME"].map((name) =>
      [name.toLowerCase().replace("_", "-"), { capabilities: { add: [name] } }] as const
    ),
  ),
};

for (const user of USERS) {
  Deno.test({
    name: `added power takes none away from a Pod of ${user.name}`,
    // Where only one user exists there is no other whose files could be read.
    ignore: user.ignore || !(user.isRoot || user.name === "a user with sub-ids"),
    fn: async () => {
      await using place = await Place.open();
      const volumeMounts = [{ name: "data", mountPath: "/data" }];
      const outcome = await runPod(place, {
        ...await user.as(place),
        mode: "sandbox",
        spec: {
          volumes: [{ name: "data", emptyDir: {} }],
          initContainers: [{
            name: "writer",
            image: "none",
            command: ["sh", "-c", "umask 077; echo secret >/data/secret"],
            securityContext: { runAsUser: 1000 },
            workingDir: "/",
            volumeMounts,
          }],
        },
        containers: Object.fromEntries(
          Object.entries(asked).map(([name, securityContext]): [string, TestContainer] => [name, {
            command: ["sh", "-c", TRY.replaceAll("$", () => "$$"), "sh", name],
            securityContext,
            volumeMounts,
          }]),
        ),
      });
      const done = (name: string) => outcome.of(name).stdout + outcome.of(name).stderr;
      deepEqual(
        Object.fromEntries(Object.keys(asked).map((name) => [name, done(name)])),
        Object.fromEntries(Object.keys(asked).map((name) => [name, DONE])),
        outcome.stderr,
      );
      // What it is not is named.
      const ignored = outcome.events.filter(({ type }) => type === "field.ignored");
      deepEqual(
        ignored.map(({ field }) => String(field).replace(/.*securityContext\./, "")),
        [
          "privileged",
          "privileged",
          ...Array.from({ length: 5 }, () => "capabilities"),
        ],
      );
    },
  });
}

for (const user of USERS) {
  Deno.test({
    name: `every user of a Pod of ${user.name} may ping and listen on port 80 in its own network`,
    ignore: user.ignore,
    fn: async () => {
      await using place = await Place.open();
      const command = ["sh", "-c", "cat $1/ip_unprivileged_port_start; cat $1/ping_group_range"];
      const words = ["sh", "/proc/sys/net/ipv4"];
      const run = (sysctls: readonly unknown[]) =>
        user.as(place).then((options) =>
          runPod(place, {
            ...options,
            mode: "sandbox",
            args: ["--network=none"],
            spec: { securityContext: { sysctls } },
            containers: { main: { command: [...command, ...words] } },
          })
        );
      const [start, range = ""] = (await run([])).of("main").stdout.split("\n");
      equal(start, "0", "R-SANDBOX-9");
      match(range, /^0\t\d+$/);
      if (user.isRoot) equal(range, "0\t2147483647");
      const named = [{ name: "net.ipv4.ip_unprivileged_port_start", value: "81" }];
      equal((await run(named)).of("main").stdout.split("\n")[0], "81");
    },
  });
}

/**
 * Says whose IPC objects it has, once its hook has said so too; `$1` is a folder of the machine's
 * memory, `$2` one of podling's.
 */
const ASK_IPC = `until [ -s "$1/hook" ]; do sleep 0.1; done
cat "$1/known" "$1/hook"; readlink /proc/self/ns/ipc; ls -A "$2" | wc -l; echo left >"$1/left"`;

for (const user of USERS) {
  Deno.test({
    name: `hostIPC gives a Pod of ${user.name} the machine's IPC objects and memory files`,
    ignore: user.ignore,
    fn: async () => {
      await using place = await Place.open();
      const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "podling-test-" });
      await using made = new AsyncDisposableStack();
      made.defer(() => Deno.remove(folder, { recursive: true }));
      await Deno.chmod(folder, 0o777);
      await Deno.writeTextFile(`${folder}/known`, "known\n");
      const run = async (rootfs: string) =>
        await runPod(place, {
          ...await user.as(place),
          mode: "sandbox",
          args: [`--rootfs=${rootfs}`],
          spec: { hostIPC: true },
          containers: {
            main: {
              command: [
                "sh",
                "-c",
                ASK_IPC.replaceAll("$", () => "$$"),
                "sh",
                folder,
                place.env.PODLING_STATE,
              ],
              lifecycle: {
                postStart: {
                  exec: { command: ["sh", "-c", `readlink /proc/self/ns/ipc >${folder}/hook`] },
                },
              },
            },
          },
        });
      const machine = await Deno.readLink("/proc/self/ns/ipc");
      for (const rootfs of ["overlay", "host"]) {
        const outcome = await run(rootfs);
        equal(outcome.of("main").stdout, `known\n${machine}\n${machine}\n0\n`, outcome.stderr);
        equal(await Deno.readTextFile(`${folder}/left`), "left\n");
        deepEqual(outcome.events.filter(({ type }) => type === "field.ignored"), []);
        const started = outcome.events.find(({ type }) => type === "sandbox.started");
        equal(String(started?.isolation).includes("ipc"), false);
        await Deno.remove(`${folder}/hook`);
      }
    },
  });
}

Deno.test({
  name: "root of a user namespace runs Pods in a sandbox, as an ordinary user does",
  ignore: !canSandbox,
  fn: async () => {
    await using place = await Place.open();
    const outcome = await runPod(place, {
      prefix: ["unshare", "--user", "--map-root-user"],
      mode: "sandbox",
      containers: {
        plain: {
          command: ["sh", "-c", "id -u; echo x >/etc/podling-test && cat /etc/podling-test"],
        },
        privileged: { command: ["id", "-u"], securityContext: { privileged: true } },
      },
    });
    deepEqual([outcome.code, outcome.of("plain").stdout], [0, "0\nx\n"], outcome.stderr);
    equal(outcome.of("privileged").stdout, "0\n");
    equal(exists("/etc/podling-test"), false);
  },
});

/** Puts a key into a new session, and runs what follows in it. */
const WITH_KEY = 'keyctl add user podling-test secret @s >/dev/null && exec "$@"';

for (const mode of MODES) {
  Deno.test({
    name: `a container has no key of the caller's session, ${mode}`,
    ignore: !canRun(mode) || !await succeeds("keyctl session - true".split(" ")).catch(() => false),
    fn: async () => {
      await using place = await Place.open();
      const search = "keyctl search @s user podling-test 2>/dev/null || echo none";
      const outcome = await runPod(place, {
        prefix: ["keyctl", "session", "-", "sh", "-c", WITH_KEY, "sh"],
        mode,
        containers: { main: { command: ["sh", "-c", search] } },
      });
      equal(outcome.of("main").stdout, "none\n", outcome.stderr);
    },
  });
}
