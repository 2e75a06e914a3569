/** Folders of runs: whose they are, and which are swept. */
import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import {
  findAbandonedRuns,
  makeRunFolders,
  planRunFolders,
  type RunFolders,
  stateRoots,
} from "../../../src/runtime/machine/state_dir.ts";
import { until } from "../../process/support.ts";

const uid = Deno.uid() ?? 0;
const roots: [
  name: string,
  uid: number,
  env: Record<string, string>,
  state: string,
  data: string,
][] = [
  ["root", 0, { HOME: "/root" }, "/run/podling", "/var/lib/podling"],
  [
    "a user with a session",
    7,
    { HOME: "/h", XDG_RUNTIME_DIR: "/run/user/7" },
    "/run/user/7/podling",
    "/h/.local/state/podling",
  ],
  ["a user without", 7, { HOME: "/h" }, "/tmp/podling-7", "/h/.local/state/podling"],
  ["TMPDIR", 7, { HOME: "/h", TMPDIR: "/t" }, "/t/podling-7", "/h/.local/state/podling"],
  ["XDG_STATE_HOME", 7, { XDG_STATE_HOME: "/s" }, "/tmp/podling-7", "/s/podling"],
  ["both named", 7, { PODLING_STATE: "/a", PODLING_DATA: "/b" }, "/a", "/b"],
  ["both empty", 0, { PODLING_STATE: "", PODLING_DATA: "" }, "/run/podling", "/var/lib/podling"],
];
for (const [name, user, env, state, data] of roots) {
  Deno.test(`stateRoots(): ${name}`, () => {
    deepEqual(stateRoots(user, user === 0, (name) => env[name]), { state, data });
  });
}

/** A test with places of its own. */
function test(
  name: string,
  body: (folder: string) => void | Promise<void>,
  ignore = false,
): void {
  Deno.test({ name, ignore }, async () => {
    const folder = Deno.makeTempDirSync({ dir: "/dev/shm" });
    try {
      await body(folder);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

// /dev/shm is the memory: the state's folder holds the run's memory too.
const mounts = [{ path: "/", fsType: "ext4", options: [] }, {
  path: "/dev/shm",
  fsType: "tmpfs",
  options: [],
}];

const plan = (folder: string, id: string, place: "runs" | "kept" = "runs") =>
  planRunFolders(id, mounts, place, { state: `${folder}/state`, data: `${folder}/data` });

/** A program that another test starts has the locks too, until it is executed. */
async function close({ locks, roots, state }: RunFolders): Promise<void> {
  for (const lock of locks) lock.close();
  await until(() => findAbandonedRuns(roots, Date.now()).some(([first]) => first === state));
}

test("folders of a run are the user's alone, and locked", async (folder) => {
  const run = makeRunFolders(plan(folder, "abc"));
  deepEqual(run.roots, [`${folder}/state`, `${folder}/data`]);
  deepEqual([run.state, run.memory, run.data], [
    `${folder}/state/runs/abc`,
    `${folder}/state/runs/abc-memory`,
    `${folder}/data/runs/abc`,
  ]);
  for (const path of [...run.roots, run.state, run.memory, run.data, `${run.state}/sandboxes`]) {
    equal(Deno.statSync(path).mode! & 0o7777, 0o700, path);
  }
  deepEqual(findAbandonedRuns(run.roots, Date.now()), []);
  await close(run);
  // The state first: a janitor looks there for what to wait for.
  deepEqual(findAbandonedRuns(run.roots, Date.now()), [[run.state, run.memory, run.data]]);
});

test("a kept run that lives is left alone, and its data indefinitely", async (folder) => {
  const run = makeRunFolders(plan(folder, "abc", "kept"));
  equal(run.data, `${folder}/data/kept/abc`);
  deepEqual(findAbandonedRuns(run.roots, Date.now()), []);
  equal(run.all.some((path) => path.startsWith(`${folder}/data`)), false);
  await close(run);
  deepEqual(findAbandonedRuns(run.roots, Date.now()), [[run.state, run.memory]]);
});

test("one run's end is not another's", async (folder) => {
  const [dead, alive] = [makeRunFolders(plan(folder, "aaa")), makeRunFolders(plan(folder, "bbb"))];
  await close(dead);
  deepEqual(findAbandonedRuns(alive.roots, Date.now()).map(([first]) => first), [dead.state]);
  await close(alive);
});

test("what a reboot left of a run is abandoned, a folder in the making is not for a minute", (folder) => {
  const { roots } = plan(folder, "abc");
  Deno.mkdirSync(`${folder}/data/runs/old`, { recursive: true });
  Deno.mkdirSync(`${folder}/data/runs/.new-young`, { recursive: true });
  const now = Deno.statSync(`${folder}/data/runs/.new-young`).mtime!.getTime();
  deepEqual(findAbandonedRuns(roots, now + 1000), [[`${folder}/data/runs/old`]]);
  deepEqual(findAbandonedRuns(roots, now + 61_000).flat().sort(), [
    `${folder}/data/runs/.new-young`,
    `${folder}/data/runs/old`,
  ]);
});

test("all that is to be removed includes what a start leaves that is cut off", (folder) => {
  const { all } = plan(folder, "abc");
  equal(all[0], `${folder}/state/runs/abc`);
  deepEqual([...all].sort(), [
    `${folder}/data/runs/.new-abc`,
    `${folder}/data/runs/abc`,
    `${folder}/state/runs/.new-abc`,
    `${folder}/state/runs/.new-abc-memory`,
    `${folder}/state/runs/abc`,
    `${folder}/state/runs/abc-memory`,
  ]);
});

const refusals: [name: string, make: (path: string) => void, message: RegExp][] = [
  [
    "a symbolic link",
    (path) => Deno.symlinkSync("/tmp", path),
    /is a symbolic link; remove it, or name another with PODLING_STATE/,
  ],
  ["a dangling link", (path) => Deno.symlinkSync("nothing", path), /is a symbolic link/],
  ["a file", (path) => Deno.writeTextFileSync(path, ""), /is not a directory/],
  ["open to a group", (path) => {
    Deno.mkdirSync(path);
    Deno.chmodSync(path, 0o750);
  }, /is open to others \(mode 750\); chmod 700 it, or name another/],
  ["open to all", (path) => {
    Deno.mkdirSync(path);
    Deno.chmodSync(path, 0o1777);
  }, /is open to others \(mode 1777\)/],
];
for (const [name, make, message] of refusals) {
  test(`a state directory that is ${name} is refused`, (folder) => {
    make(`${folder}/state`);
    throws(() => plan(folder, "abc"), { reason: "StateDirectory", message });
  });
}

test("one directory for both is refused", (folder) => {
  const both = { state: `${folder}/one`, data: `${folder}/one` };
  throws(() => planRunFolders("abc", mounts, "runs", both), {
    reason: "StateDirectory",
    message: /for both PODLING_STATE and PODLING_DATA/,
  });
});

test("a state directory of another user is refused", (folder) => {
  Deno.mkdirSync(`${folder}/state`, { mode: 0o700 });
  Deno.chownSync(`${folder}/state`, 4242, 4242);
  throws(() => plan(folder, "abc"), {
    message:
      /belongs to user 4242, not to user 0; have user 4242 or root remove it, or name another with PODLING_STATE/,
  });
}, uid !== 0);

test("a name that an overlay's options cannot say is refused", (folder) => {
  for (const name of ["a,b", "a:b", "a\\b", "a\nb"]) {
    throws(() => plan(`${folder}/${name}`, "abc"), { message: /comma, a colon, a quotation mark/ });
  }
});

test("a state directory that cannot be made is refused", (folder) => {
  Deno.writeTextFileSync(`${folder}/file`, "");
  throws(() => plan(`${folder}/file`, "abc"), {
    reason: "StateDirectory",
    message: /^Cannot make .*; name another with PODLING_STATE and PODLING_DATA$/,
  });
});
