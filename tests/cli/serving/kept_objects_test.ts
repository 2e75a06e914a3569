/** The folder of a server's objects: which ones are refused, and what is used again. */
import {
  match,
  notStrictEqual as notEqual,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import { systemClock } from "../../../src/base/clock.ts";
import { lineLogger } from "../../../src/base/log.ts";
import { readCredentials } from "../../../src/cli/serving/credentials.ts";
import { openDataFolder } from "../../../src/cli/serving/data_folder.ts";
import { type KeptStore, openKeptObjects } from "../../../src/cli/serving/kept_objects.ts";

function makeFolder() {
  const path = Deno.makeTempDirSync({ prefix: "podling-data-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

const open = (path: string, nodeName?: string): Promise<KeptStore> =>
  openKeptObjects(path, {
    historyBound: 10,
    nodeName,
    hostName: "host",
    clock: systemClock(),
    log: lineLogger(() => {}),
  });

const refused: readonly [
  what: string,
  make: (path: string) => void | Promise<unknown>,
  message: RegExp,
][] = [
  [
    "a symbolic link",
    (path) => {
      Deno.mkdirSync(`${path}.real`, { mode: 0o700 });
      Deno.symlinkSync(`${path}.real`, path);
    },
    /^Cannot use \S+: it is a symbolic link; remove it, or name another folder with --data$/,
  ],
  [
    "one that is open to others",
    (path) => {
      Deno.mkdirSync(path);
      Deno.chmodSync(path, 0o755);
    },
    /^Cannot use \S+: it is open to others \(mode 755\); chmod 700 it, or name another folder/,
  ],
  [
    "a file",
    (path) => Deno.writeTextFileSync(path, ""),
    /^Cannot use \S+: it is not a directory; /,
  ],
  [
    "one that is below a file",
    (path) => Deno.writeTextFileSync(path.slice(0, path.lastIndexOf("/")), ""),
    /^Cannot make \S+: .*; name another folder with --data$/,
  ],
  [
    "one that takes no files",
    (path) => Deno.mkdirSync(`${path}/lock`, { mode: 0o700, recursive: true }),
    /^--data: \S+\/lock cannot be written: is a directory; name another folder with --data$/i,
  ],
  [
    "a newer form",
    async (path) => {
      Deno.mkdirSync(path, { mode: 0o700 });
      const { DatabaseSync } = await import("node:sqlite");
      using database = new DatabaseSync(`${path}/objects.db`);
      database.exec("PRAGMA user_version = 7");
    },
    /^--data: \S+ was written by a newer podling \(format 7; this one knows 1\): use that one, or/,
  ],
  [
    "something else",
    (path) => {
      Deno.mkdirSync(path, { mode: 0o700 });
      Deno.writeTextFileSync(`${path}/objects.db`, "x".repeat(10_000));
    },
    /^--data: \S+ cannot be read: file is not a database; restore it from a copy, or name another/,
  ],
];
for (const [what, make, message] of refused) {
  Deno.test(`--data is refused where it is ${what}`, async () => {
    using folder = makeFolder();
    const path = `${folder.path}/in/data`;
    if (!what.includes("below")) Deno.mkdirSync(`${folder.path}/in`);
    await make(path);
    await rejects(() => open(path), { message });
    // It is not locked by an attempt.
    await rejects(() => open(path), { message });
  });
}

Deno.test({
  name: "--data is refused where it belongs to another user",
  ignore: Deno.uid() !== 0,
  fn: async () => {
    using folder = makeFolder();
    Deno.chownSync(folder.path, 12345, 12345);
    await rejects(() => open(folder.path), {
      message: /^Cannot use \S+: it belongs to user 12345, not to user 0; /,
    });
  },
});

Deno.test("a node keeps its name, and another one is refused", async () => {
  using folder = makeFolder();
  {
    await using first = await open(folder.path, "a");
    equal(first.nodeName, "a");
  }
  {
    await using again = await open(folder.path);
    equal(again.nodeName, "a");
  }
  await rejects(() => open(folder.path, "b"), {
    message: /^--node-name: the Pods of \S+ belong to the node a, not to b; leave the option out/,
  });
});

Deno.test("certificate and token are used again for the same names, while they are young", async () => {
  using folder = makeFolder();
  using data = openDataFolder(folder.path);
  const now = Date.now();
  const names = ["127.0.0.1", "localhost"];
  const first = await readCredentials({ names, now }, data);
  match(first.certificate.cert, /^-----BEGIN CERTIFICATE-----/);
  const read = async (more: { names?: string[]; now?: number }) =>
    (await readCredentials({ names, now, ...more }, data)).token;
  equal(await read({}), first.token);
  equal(await read({ now: now + 200 * 86_400_000 }), first.token);
  const other = await read({ names: ["127.0.0.1"] });
  notEqual(other, first.token);
  notEqual(await read({ names: ["127.0.0.1"], now: now + 400 * 86_400_000 }), other);
  equal(Deno.statSync(`${folder.path}/credentials.json`).mode! & 0o777, 0o600);
  // What was cut off by a power failure is made again.
  Deno.writeTextFileSync(`${folder.path}/credentials.json`, '{"cert": "');
  match(await read({}), /^[\w-]{43}$/);
  Deno.mkdirSync(`${folder.path}/credentials.json.new`);
  await rejects(() => read({ names: ["::1"] }), {
    name: "UsageError",
    message: /^--data: \S+\/credentials\.json cannot be written: is a directory; name another/i,
  });
  notEqual((await readCredentials({ names, now }, undefined)).token, first.token);
});
