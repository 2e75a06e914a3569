/** The folders of parts of installations that replace each other: small bundles, no processes. */
import { deepStrictEqual as deepEqual, rejects, strictEqual as equal } from "node:assert/strict";
import type { Bundle } from "../../packaging/bundle.ts";
import { installBundle, uninstall } from "../../packaging/install.ts";

const MARKER = "// podling, installed by `deno task install`; `deno task uninstall` removes it\n";

/** A bundle whose digest is one letter twelve times. */
function makeSmall(letter: string): Bundle {
  const folder = letter.repeat(12);
  const parts = [{ name: "main.js", text: letter }, { name: "run.js", text: letter }];
  return { program: `import{a}from"./${folder}/main.js";`, folder, parts };
}

/** A home in which podling's own folder is looked at. */
class Home implements Disposable {
  readonly path: string = Deno.makeTempDirSync({ prefix: "podling-home-" });
  readonly folder: string = `${this.path}/.local/share/podling`;

  install(letter: string): Promise<unknown> {
    return installBundle(makeSmall(letter), { HOME: this.path });
  }

  uninstall(): Promise<unknown> {
    return uninstall({ HOME: this.path });
  }

  write(name: string, text: string): void {
    const path = `${this.folder}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(path, text);
  }

  /** Texts by their paths in a folder, without the marker. */
  read(folder: string = this.folder): Record<string, string> {
    return Object.fromEntries(
      listPaths(folder).map((path) => {
        const { isFile } = Deno.lstatSync(path);
        const text = !isFile ? "a link or a pipe" : Deno.readTextFileSync(path).replace(MARKER, "");
        return [path.slice(folder.length + 1), text];
      }),
    );
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

function listPaths(folder: string): string[] {
  return [...Deno.readDirSync(folder)].toSorted((one, other) => one.name < other.name ? -1 : 1)
    .flatMap(({ name, isDirectory }) =>
      isDirectory ? listPaths(`${folder}/${name}`) : [`${folder}/${name}`]
    );
}

/** The name of a file that a killed installation leaves, with a number of its own. */
const temporary = (number: number) =>
  `.podling-00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

const partsOf = (letter: string) => ({
  [`${letter.repeat(12)}/main.js`]: letter,
  [`${letter.repeat(12)}/run.js`]: letter,
});

/** What is in podling's folder with the parts of these bundles, the last of which is installed. */
function expected(home: Home, ...letters: readonly string[]): Record<string, string> {
  return {
    ...Object.assign({}, ...letters.map(partsOf)),
    folders: Deno.readTextFileSync(`${home.folder}/folders`),
    lock: "",
    "podling.js": makeSmall(letters.at(-1)!).program,
  };
}

Deno.test("the parts of the program that is replaced stay, and those of earlier ones go", async () => {
  using home = new Home();
  const steps = [["a", "a"], ["a", "a"], ["b", "ab"], ["b", "ab"], ["c", "bc"], ["a", "ca"]];
  for (const [letter = "", left = ""] of steps) {
    await home.install(letter);
    deepEqual(home.read(), expected(home, ...left));
  }
  await home.uninstall();
  deepEqual([...Deno.readDirSync(home.path)], []);
});

Deno.test("while a program runs the parts of all stay, and it is not uninstalled", async () => {
  using home = new Home();
  const program = `import "./aaaaaaaaaaaa/main.js";console.log("up");` +
    "await Deno.stdin.read(new Uint8Array(1));";
  const parts = [{ name: "main.js", text: "" }];
  await installBundle({ program, folder: "a".repeat(12), parts }, { HOME: home.path });
  const running = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-config", `${home.folder}/podling.js`],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  try {
    const reader = running.stdout.getReader();
    equal(new TextDecoder().decode((await reader.read()).value), "up\n");
    reader.releaseLock();
    for (const letter of "bc") await home.install(letter);
    deepEqual(Object.keys(home.read()).filter((name) => name.endsWith("main.js")), [
      "aaaaaaaaaaaa/main.js",
      "bbbbbbbbbbbb/main.js",
      "cccccccccccc/main.js",
    ]);
    await rejects(home.uninstall(), {
      message: `Cannot uninstall podling: ${home.folder}/podling.js is still run by process ` +
        `${running.pid}; end it first`,
    });
  } finally {
    await running.stdin.close();
    await running.stdout.cancel();
    await running.status;
  }
  await home.install("d");
  deepEqual(home.read(), expected(home, "c", "d"));
  await home.uninstall();
  deepEqual([...Deno.readDirSync(home.path)], []);
});

const places: readonly (readonly [home: string, data?: string])[] = [
  ["a line\nbreak"],
  ["it's $HOME"],
  ["usual", "data/in/folders"],
  ["usual", "data//"],
];
for (const [name, data] of places) {
  Deno.test(`nothing stays of an installation in ${JSON.stringify([name, data])}`, async () => {
    using home = new Home();
    const env = {
      HOME: `${home.path}/${name}`,
      ...data === undefined ? {} : { XDG_DATA_HOME: `${home.path}/${data}` },
    };
    await installBundle(makeSmall("a"), env);
    equal(listPaths(home.path).some((path) => path.includes("//")), false);
    await uninstall(env);
    deepEqual([...Deno.readDirSync(home.path)], []);
  });
}

Deno.test("an installation of one file is replaced", async () => {
  using home = new Home();
  home.write("podling.js", `${MARKER}whole`);
  home.write("folders", [home.folder, `${home.path}/.local/share`].join("\n") + "\n");
  await home.install("a");
  deepEqual(home.read(), expected(home, "a"));
  await home.uninstall();
  deepEqual([...Deno.readDirSync(`${home.path}/.local`)], []);
});

Deno.test("what killed installations have left is replaced or removed", async () => {
  using home = new Home();
  home.write("aaaaaaaaaaaa/main.js", "hal");
  home.write(`aaaaaaaaaaaa/${temporary(1)}`, `${MARKER}h`);
  home.write("dddddddddddd/main.js", `${MARKER}d`);
  home.write(`dddddddddddd/${temporary(2)}`, "");
  home.write(temporary(3), "x");
  await home.install("a");
  deepEqual(home.read(), expected(home, "a"));
});

for (const isInstalled of [true, false]) {
  const then = isInstalled ? "the next one, uninstalled, leaves" : "to uninstall it leaves";
  Deno.test(`after an installation that was killed ${then} nothing`, async () => {
    using home = new Home();
    const bin = `${home.path}/.local/bin`;
    home.write("lock", "");
    const above = [bin, home.folder, `${home.path}/.local/share`, `${home.path}/.local`];
    home.write("folders.new", above.map((path) => `${path}\n`).join(""));
    home.write("aaaaaaaaaaaa/main.js", `${MARKER}a`);
    Deno.mkdirSync(bin);
    Deno.writeTextFileSync(`${bin}/${temporary(1)}`, "#!");
    Deno.writeTextFileSync(`${bin}/.podling-mine`, "");
    if (isInstalled) {
      await home.install("a");
      deepEqual([...Deno.readDirSync(bin)].map(({ name }) => name).toSorted(), [
        ".podling-mine",
        "podling",
      ]);
    }
    Deno.removeSync(`${bin}/.podling-mine`);
    await home.uninstall();
    deepEqual([...Deno.readDirSync(home.path)], []);
  });
}

Deno.test("an installation that is not possible leaves nothing beside what is in its way", async () => {
  using home = new Home();
  home.write("podling.js", "mine");
  await rejects(home.install("a"), /podling\.js exists and is not podling's/);
  deepEqual(home.read(), { "podling.js": "mine" });
  deepEqual(await home.uninstall(), [`podling is not installed in ${home.folder}`]);
  deepEqual(home.read(), { "podling.js": "mine" });
});

Deno.test("a link in place of podling's folder is used and stays", async () => {
  using home = new Home();
  const share = `${home.path}/.local/share`;
  Deno.mkdirSync(share, { recursive: true });
  Deno.mkdirSync(`${home.path}/elsewhere`);
  Deno.symlinkSync(`${home.path}/elsewhere`, home.folder);
  await home.install("a");
  deepEqual(home.read(), expected(home, "a"));
  await home.uninstall();
  equal(Deno.readLinkSync(home.folder), `${home.path}/elsewhere`);
  deepEqual([...Deno.readDirSync(home.folder)], []);
});

Deno.test("without a home there is nothing to install into or to uninstall from", async () => {
  const rows = [
    [{}, "HOME is not set"],
    [{ HOME: "" }, 'HOME is "", not an absolute path'],
    [{ HOME: "me" }, 'HOME is "me", not an absolute path'],
  ] as const;
  for (const [env, seen] of rows) {
    const message = (verb: string) => `Cannot ${verb} podling for this user: ${seen}`;
    await rejects(installBundle(makeSmall("a"), env), { message: message("install") });
    await rejects(uninstall(env), { message: message("uninstall") });
  }
});

Deno.test("files that are not podling's stay where they are", async () => {
  using home = new Home();
  await home.install("a");
  home.write("aaaaaaaaaaaa/notes.txt", "mine");
  home.write("other/main.js", "mine");
  for (const letter of "bc") await home.install(letter);
  deepEqual(home.read(), {
    "aaaaaaaaaaaa/notes.txt": "mine",
    ...expected(home, "b", "c"),
    "other/main.js": "mine",
  });
  await home.uninstall();
  deepEqual(home.read(), { "aaaaaaaaaaaa/notes.txt": "mine", "other/main.js": "mine" });
});

const obstacles: readonly (readonly [
  name: string,
  put: (home: Home) => void,
  message: RegExp,
])[] = [
  [
    "a file in place of the folder",
    (home) => home.write("bbbbbbbbbbbb", "mine"),
    /bbbbbbbbbbbb exists and is not podling's; move it away first$/,
  ],
  [
    "a link in place of the folder",
    ({ folder, path }) => Deno.symlinkSync(path, `${folder}/bbbbbbbbbbbb`),
    /bbbbbbbbbbbb exists and is not podling's; move it away first$/,
  ],
  [
    "another program",
    (home) => home.write("podling.js", "mine"),
    /podling\.js exists and is not podling's; move it away first$/,
  ],
  [
    "a file in place of the folder of commands",
    ({ path }) => {
      Deno.removeSync(`${path}/.local/bin`, { recursive: true });
      Deno.writeTextFileSync(`${path}/.local/bin`, "mine");
    },
    /^Cannot install podling in .*: Not a directory/,
  ],
  [
    "a pipe in place of a completion",
    ({ path }) => {
      const fish = `${path}/.local/share/fish/vendor_completions.d/podling.fish`;
      Deno.removeSync(fish);
      equal(new Deno.Command("mkfifo", { args: [fish] }).outputSync().code, 0);
    },
    /podling\.fish exists and is not podling's; move it away first$/,
  ],
  [
    "a link to itself in place of the program",
    ({ folder }) => {
      Deno.removeSync(`${folder}/podling.js`);
      Deno.symlinkSync("podling.js", `${folder}/podling.js`);
    },
    /podling\.js exists and is not podling's; move it away first$/,
  ],
  [
    "a folder in place of the launcher",
    ({ path }) => {
      Deno.removeSync(`${path}/.local/bin/podling`);
      Deno.mkdirSync(`${path}/.local/bin/podling`);
    },
    /bin\/podling exists and is not podling's; move it away first$/,
  ],
];
for (const [name, put, message] of obstacles) {
  Deno.test(`nothing changes where an installation is not possible: ${name}`, async () => {
    using home = new Home();
    await home.install("a");
    put(home);
    const before = [listPaths(home.path), home.read(home.path)];
    await rejects(home.install("b"), { name: "Error", message });
    deepEqual([listPaths(home.path), home.read(home.path)], before);
  });
}
