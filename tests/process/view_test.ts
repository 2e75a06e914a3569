/** What a container in a sandbox sees of the file system, and what of it the host sees. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import {
  asOrdinaryUser,
  canBecomeOrdinary,
  canSandbox,
  exists,
  isRoot,
  Place,
  type PodOutcome,
  processes,
  read,
  runPod,
  startPod,
  type TestContainer,
  until,
  USERS,
} from "./support.ts";

const shell = (script: string, fields: Record<string, unknown> = {}): TestContainer => (
  { command: ["sh", "-c", script.replaceAll("$", () => "$$")], ...fields }
);
const mounts = (...list: [volume: string, path: string, more?: Record<string, unknown>][]) => (
  { volumeMounts: list.map(([name, mountPath, more]) => ({ name, mountPath, ...more })) }
);

/** What each container does, and what it prints when all is well. */
function containers(
  place: Place,
  ordinary: boolean,
): Record<string, [container: TestContainer, output: string]> {
  const { folder } = place;
  // Below the top of a layer the host's users own the folders, and a user namespace of one user
  // does not have them.
  const deep = ordinary ? "" : " /var/lib/podling-test";
  return {
    "writes": [
      shell(`for f in /etc/podling-test /usr/podling-test /podling-test${deep}; do
        echo x >$f && cat $f; done`),
      ordinary ? "x\nx\nx\n" : "x\nx\nx\nx\n",
    ],
    "removes": [
      shell(
        `rm ${ordinary ? "" : `${folder}/given`} /etc/hostname; ls ${
          ordinary ? "" : `${folder}/given`
        } /etc/hostname 2>/dev/null || echo gone`,
      ),
      "gone\n",
    ],
    "tmp": [
      shell("ls -A /tmp /run /dev/shm; stat -c %a /tmp /dev/shm"),
      "/dev/shm:\n\n/run:\nsecrets\n\n/tmp:\n1777\n1777\n",
    ],
    "devices": [
      shell(`echo x >/dev/null; head -c 3 /dev/zero | wc -c; head -c 2 /dev/urandom | wc -c
        [ -L /dev/fd ] && [ -c /dev/tty ] && [ -c /dev/full ] && echo devices
        [ ! -e /dev/sda ] && [ ! -e /dev/vda ] && [ ! -e /dev/mem ] && echo no more
        echo out >/dev/stdout; ls /dev/pts`),
      "3\n2\ndevices\nno more\nout\nptmx\n",
    ],
    "own-places": [
      shell(
        `ls -A ${folder}/data ${folder} | grep -vE '^(work|deno)$' | grep -v '^pod'; ls ${place.env.PODLING_STATE}`,
      ),
      `${folder}:\ndata\ngiven\nhost\n\n${folder}/data:\n`,
    ],
    "workdir": [
      shell(`pwd; [ ${place.work} -ef . ] && echo same; echo hello >from-container`),
      `${place.work}\nsame\n`,
    ],
    "workdir-made": [shell("pwd; ls -A", { workingDir: "/not/on the/host" }), "/not/on the/host\n"],
    "read-only": [
      shell(
        `for d in / /etc /usr /var /tmp /run; do (: >$d/x) 2>/dev/null && echo "can write $d"; done
        echo y >/v/x && cat /v/x; echo message >/dev/termination-log && echo left; echo z >/dev/shm/z && cat /dev/shm/z`,
        { securityContext: { readOnlyRootFilesystem: true }, ...mounts(["empty", "/v"]) },
      ),
      "y\nleft\nz\n",
    ],
    "read-only-mount": [
      shell(
        `(: >/ro/x) 2>/dev/null && echo "can write"; cat /ro/given; (: >/ro/sub/x) 2>/dev/null && echo "can write below"
        mkdir /rw/made && ls /rw | grep made`,
        mounts(["host", "/ro", { readOnly: true }], ["host", "/rw"]),
      ),
      "given\nmade\n",
    ],
    "nested": [
      shell(
        "echo in >/a/b/c/in; ls /a /a/b /a/b/c; cat /a/file",
        mounts(["deep", "/a/b/c"], ["nest", "/a"], ["middle", "/a/b"], ["keys", "/a/file", {
          subPath: "key",
        }]),
      ),
      "/a:\nb\nfile\n\n/a/b:\nc\n\n/a/b/c:\nin\nvalue",
    ],
    "odd-paths": [
      shell(
        `echo 1 >'/odd path/#1'; cat "/odd path/#1" '/with\\backslash/#1' "/it's/#1" '/newline
/#1'`,
        mounts(
          ["odd", "/odd path"],
          ["odd", "/with\\backslash"],
          ["odd", "/it's"],
          ["odd", "/newline\n"],
        ),
      ),
      "1\n1\n1\n1\n",
    ],
    // On most machines /var/run is a link to /run, and a container has a /run of its own.
    "through-a-link": [
      shell("cat /var/run/x/key; ls -A /run | tail -1", mounts(["keys", "/var/run/x"])),
      "valuex\n",
    ],
    "over-host-folders": [
      shell(
        "ls -A /opt; ls -A /srv /var/log",
        mounts(["odd2", "/opt"], ["odd2", "/srv"], ["odd2", "/var/log"]),
      ),
      "/srv:\n\n/var/log:\n",
    ],
    "files": [
      shell(
        "cd /k; cat key sub/other; ls -A sub; stat -Lc %a key sub/other; (: >key) 2>/dev/null || echo read-only",
        mounts(["keys", "/k"]),
      ),
      "valuevalue2other\n644\n400\nread-only\n",
    ],
    "sub-path": [
      shell(
        "echo s >/s/s; cat /s/s; stat -c %a /s",
        mounts(["empty2", "/s", { subPath: "new/deep" }]),
      ),
      "s\n777\n",
    ],
    "hosts": [
      shell(
        `cat /etc/hostname; hostname; grep -c 'Kubernetes-managed' /etc/hosts; grep -P '\\tpod$' /etc/hosts | wc -l
        grep alias /etc/hosts; echo 1.2.3.4 x >>/etc/hosts; stat -c %a /etc/hosts`,
      ),
      "pod\npod\n1\n1\n10.0.0.1\talias\talias2\n644\n",
    ],
    "hosts-again": [shell("grep -c 1.2.3.4 /etc/hosts"), "0\n"],
    "own-hosts": [
      shell("cat /etc/hosts", mounts(["keys", "/etc/hosts", { subPath: "key" }])),
      "value",
    ],
    "proc": [shell("ls /proc | grep -c '^1$'; cat /proc/1/comm; ls -A /.podling/old"), "1\nsh\n"],
  };
}

const SPEC = {
  hostAliases: [{ ip: "10.0.0.1", hostnames: ["alias", "alias2"] }],
  volumes: [
    ...["empty", "empty2", "deep", "nest", "middle", "odd", "odd2"].map((name) => (
      { name, emptyDir: {} }
    )),
    {
      name: "keys",
      configMap: {
        name: "c",
        items: [{ key: "key", path: "key" }, { key: "key2", path: "sub/other", mode: 0o400 }],
      },
    },
  ],
};
const CONFIG = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "c" },
  data: { key: "value", key2: "value2" },
};

async function check(place: Place, ordinary: boolean): Promise<PodOutcome> {
  const table = containers(place, ordinary);
  const host = `${place.folder}/host`;
  const outcome = await runPod(place, {
    containers: Object.fromEntries(Object.entries(table).map(([name, [it]]) => [name, it])),
    objects: [CONFIG],
    spec: { ...SPEC, volumes: [...SPEC.volumes, { name: "host", hostPath: { path: host } }] },
    ...(ordinary ? await asOrdinaryUser(place) : {}),
  });
  return outcome;
}

for (const user of ["the caller", "an ordinary user"] as const) {
  const ordinary = user === "an ordinary user";
  Deno.test({
    name: `views, of ${user}`,
    ignore: !canSandbox || ordinary && !canBecomeOrdinary,
    fn: async (test) => {
      await using place = await Place.open();
      await Deno.mkdir(`${place.folder}/host/sub`, { recursive: true });
      await Deno.writeTextFile(`${place.folder}/host/given`, "given\n");
      await Deno.writeTextFile(`${place.folder}/given`, "");
      const before = hostNames();
      const outcome = await check(place, ordinary);
      for (const [name, [, output]] of Object.entries(containers(place, ordinary))) {
        await test.step(name, () => {
          const { stdout, stderr, message } = outcome.of(name);
          equal(stdout, output, `${message ?? outcome.stderr}\n${stderr}`);
        });
      }
      await test.step("the host's folders are as they were", () => {
        deepEqual(hostNames(), before);
        equal(read(`${place.work}/from-container`), "hello\n");
        equal(exists(`${place.folder}/given`), true);
        deepEqual([...Deno.readDirSync(`${place.folder}/host`)].map(({ name }) => name).sort(), [
          "given",
          "made",
          "sub",
        ]);
      });
    },
  });
}

/** Names in the folders of the host that the containers write to. */
function hostNames(): string[] {
  const folders = ["/", "/etc", "/usr", "/opt", "/var/lib", "/var/run"];
  return folders.flatMap((folder) =>
    [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`)
  ).filter((name) => /podling-test|\/x$|^\/\/(a|v|ro|rw|s|k|odd path|not)$/.test(name)).sort();
}

Deno.test({
  name:
    "no mount of a pod is seen from outside, and its hidden folders are the pause process's only",
  ignore: !canSandbox,
  fn: async () => {
    await using place = await Place.open();
    const before = read("/proc/self/mountinfo");
    const child = await startPod(place, {
      containers: {
        main: shell(": >up; exec sleep 1000", mounts(["empty", "/v"])),
      },
      spec: { volumes: SPEC.volumes, terminationGracePeriodSeconds: 0 },
      objects: [CONFIG],
    });
    const ended = child.output();
    await until(() => read(`/proc/${child.pid}/stat`) !== "" && exists(`${place.work}/up`));
    equal(read("/proc/self/mountinfo"), before);
    equal(read(`/proc/${child.pid}/mountinfo`), before);
    const inside = processes().filter((pid) =>
      read(`/proc/${pid}/mountinfo`).includes(place.folder)
    );
    for (const pid of inside) match(read(`/proc/${pid}/cmdline`), /pause|sleep|sh/);
    equal(inside.length > 0, true);
    child.kill("SIGKILL");
    await ended;
  },
});

Deno.test({
  name: "a mount on a file hides none of the files beside it from an ordinary user",
  ignore: !canSandbox || !canBecomeOrdinary,
  fn: async () => {
    await using place = await Place.open();
    const { env, prefix } = await asOrdinaryUser(place);
    await Deno.writeTextFile(`${place.folder}/mounted`, "");
    // As a container engine does with /etc/hosts; in a mount namespace of this test's own.
    const mounted = `mount --bind ${place.folder}/mounted /etc/passwd; exec "$@"`;
    const outcome = await runPod(place, {
      containers: {
        main: shell(
          "head -c 5 /etc/group; echo; cat /etc/hostname; echo x >>/etc/group && echo writes",
        ),
      },
      prefix: ["unshare", "--mount", "sh", "-c", mounted, "sh", ...prefix!],
      env: env!,
    });
    equal(outcome.of("main").stdout, "root:\npod\nwrites\n", outcome.stderr);
  },
});

/** Where the message is written, and what is done; what is read at the end. */
const messages: [name: string, path: string | undefined, script: string, message: string][] = [
  ["at the default path", undefined, "echo bye >/dev/termination-log", "bye\n"],
  ["at another path", "/var/log/deep/message", "echo bye >/var/log/deep/message", "bye\n"],
  ["through a link of the host", "/var/run/m", "echo bye >/run/m", "bye\n"],
  ["empty", undefined, "true", ""],
  ["of 5000 bytes", undefined, "yes | head -c 5000 >/dev/termination-log", "y\n".repeat(2048)],
  [
    "of many",
    undefined,
    "head -c 20000000 /dev/zero | tr '\\0' z >/dev/termination-log",
    "z".repeat(4096),
  ],
  [
    "replaced by a link",
    undefined,
    "umount /dev/termination-log; rm -f /dev/termination-log; ln -s /etc/shadow /dev/termination-log",
    "",
  ],
];
Deno.test({
  name: "termination messages",
  ignore: !canSandbox,
  fn: async (test) => {
    await using place = await Place.open();
    const status = `${place.folder}/status`;
    await runPod(place, {
      containers: Object.fromEntries(messages.map(([name, path, script]) => [
        name.replaceAll(" ", "-"),
        shell(`${script}; exit 1`, path === undefined ? {} : { terminationMessagePath: path }),
      ])),
      args: [`--status-file=${status}`],
    });
    // deno-lint-ignore no-explicit-any
    const { containerStatuses } = JSON.parse(read(status)).status as any;
    const cut = Math.floor(12288 / messages.length);
    for (const [name, , , message] of messages) {
      await test.step(name, () => {
        const found = containerStatuses.find((it: { name: string }) =>
          it.name === name.replaceAll(" ", "-")
        );
        equal(found.state.terminated?.message ?? "", message.slice(0, cut));
      });
    }
  },
});

Deno.test({
  name: "R-MSG-5: a termination message that cannot be read is reported as such, and does no harm",
  ignore: !canBecomeOrdinary || !canSandbox,
  fn: async () => {
    await using place = await Place.open();
    const status = `${place.folder}/status`;
    const outcome = await runPod(place, {
      ...await asOrdinaryUser(place),
      containers: {
        main: shell(
          "echo secret >/dev/termination-log; chmod 000 /dev/termination-log; echo log; exit 3",
          { terminationMessagePolicy: "FallbackToLogsOnError" },
        ),
      },
      args: [`--status-file=${status}`],
    });
    equal(outcome.code, 3, outcome.stderr);
    // deno-lint-ignore no-explicit-any
    const [{ state }] = (JSON.parse(read(status)).status as any).containerStatuses;
    match(
      state.terminated.message,
      /^Error on reading termination log \/dev\/termination-log: permission denied$/,
    );
  },
});

Deno.test({
  name:
    "R-MSG-1: with --rootfs host a container runs, and leaves a message where there is a file for it",
  ignore: !canSandbox,
  fn: async () => {
    await using place = await Place.open();
    await Deno.writeTextFile(`${place.folder}/message`, "the machine's own\n");
    const status = `${place.folder}/status`;
    const outcome = await runPod(place, {
      containers: {
        default: shell("echo runs; exit 1"),
        file: shell(`echo bye >${place.folder}/message; exit 1`, {
          terminationMessagePath: `${place.folder}/message`,
        }),
      },
      args: ["--rootfs=host", `--status-file=${status}`],
    });
    equal(outcome.of("default").stdout, "runs\n", outcome.stderr);
    // deno-lint-ignore no-explicit-any
    const { containerStatuses } = JSON.parse(read(status)).status as any;
    deepEqual(
      containerStatuses.map((it: { state: { terminated: { message?: string } } }) =>
        it.state.terminated.message
      ),
      [undefined, "bye\n"],
    );
    equal(read(`${place.folder}/message`), "the machine's own\n");
  },
});

/** Names that no option of an overlay can hold, beside one that is as others are. */
const ODD_NAMES = ["plain", "a,b", "a:b", 'a"b', "a\\b"];
/**
 * Mounts something beside folders, and on one: an ordinary user's view is then made of each of them
 * by itself.
 */
const BESIDE_A_MOUNT = `
mount -t tmpfs podling-test "$1/mount" && mount -t tmpfs podling-test "$1/on,mount" || exit
echo shown | tee "$1/mount/file" >"$1/on,mount/file"
shift
exec "$@"`;

for (const user of USERS) {
  Deno.test({
    name:
      `a container of ${user.name} reaches no unix socket of the machine, whatever its folder is called`,
    ignore: user.ignore || !isRoot,
    fn: async () => {
      await using place = await Place.open();
      const { prefix = [], ...options } = await user.as(place);
      using sockets = new DisposableStack();
      for (const name of ["mount", "on,mount", ...ODD_NAMES]) {
        const folder = `${place.folder}/${name}`;
        await Deno.mkdir(folder);
        await Deno.writeTextFile(`${folder}/file`, "shown\n");
        sockets.use(Deno.listen({ transport: "unix", path: `${folder}/socket` }));
        await Deno.chmod(`${folder}/socket`, 0o777);
      }
      const outcome = await runPod(place, {
        ...options,
        prefix: ["unshare", "--mount", "sh", "-c", BESIDE_A_MOUNT, "sh", place.folder, ...prefix],
        mode: "sandbox",
        containers: {
          main: {
            command: [
              Deno.execPath(),
              "eval",
              `for (const name of Deno.args) {
                const folder = ${JSON.stringify(place.folder)} + "/" + name;
                const path = folder + "/socket";
                const found = await Deno.connect({ transport: "unix", path }).then(() => "open", (it) => it.name);
                await Deno.writeTextFile(folder + "/file", "changed", { append: true }).catch(() => {});
                console.log(name, Deno.readTextFileSync(folder + "/file").slice(0, 5), found);
              }`,
              ...ODD_NAMES,
            ],
            env: [{ name: "DENO_DIR", value: "/tmp/deno" }, { name: "NO_COLOR", value: "1" }],
          },
          mounts: {
            command: ["cat", `${place.folder}/mount/file`, `${place.folder}/on,mount/file`],
          },
        },
      });
      equal(outcome.code, 0, outcome.stderr + outcome.of("main").stderr);
      deepEqual(
        outcome.of("main").stdout.trim().split("\n"),
        ODD_NAMES.map((name) => `${name} shown ConnectionRefused`),
      );
      equal(outcome.of("mounts").stdout, "shown\nshown\n");
    },
  });
}
