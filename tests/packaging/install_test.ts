/** `deno task install` into a home of its own, where the user may. */
import {
  deepStrictEqual as deepEqual,
  match,
  notStrictEqual as notEqual,
  strictEqual as equal,
} from "node:assert/strict";
import { asOrdinaryUser, canBecomeOrdinary, Place, ROOT } from "../process/support.ts";
import { makeBundle, readSettings } from "../../packaging/bundle.ts";

/** A home, and how programs are started for its owner. */
interface Home extends AsyncDisposable {
  readonly path: string;
  task(name: "install" | "uninstall"): Promise<Result>;
  start(program: string, ...args: string[]): Promise<Result>;
  files(): string[];
}

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let bundled: Promise<string> | undefined;

/**
 * Where Deno keeps the bundler. It is downloaded here, if at all: the settings of the caller's home
 * may lead to another registry.
 */
async function readCache(): Promise<string> {
  await (bundled ??= makeBundle());
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

async function openHome(isOrdinary = false): Promise<Home> {
  const place = await Place.open();
  const path = `${place.folder}/a home`;
  await Deno.mkdir(path);
  let cache = await readCache();
  let words: readonly string[] = [];
  if (isOrdinary) {
    const { prefix = [], env } = await asOrdinaryUser(place);
    const shared = `${cache}/dl`;
    cache = env!["DENO_DIR"]!;
    words = prefix;
    const copy =
      'mkdir -p "$2" && { [ ! -d "$1" ] || cp -r "$1" "$2"; } && chown -R 4242:4242 "$2"';
    const args = ["-c", copy, "sh", shared, cache];
    equal((await new Deno.Command("sh", { args }).output()).code, 0);
  }
  const start = async (program: string, ...args: string[]): Promise<Result> => {
    const [first = "", ...rest] = [...words, program, ...args];
    const { code, stdout, stderr } = await new Deno.Command(first, {
      args: rest,
      cwd: ROOT,
      clearEnv: true,
      env: {
        ...place.env,
        HOME: path,
        DENO_DIR: cache,
        PATH: Deno.env.get("PATH") ?? "",
        NO_COLOR: "1",
        npm_config_registry: Deno.env.get("npm_config_registry") ?? "https://registry.npmjs.org/",
      },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), err: text(stderr) };
  };
  return {
    path,
    start,
    task: (name) => start(Deno.execPath(), "run", "--allow-all", "packaging/main.ts", name),
    files: () => listFiles(path),
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

function listFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    return isDirectory ? [path, ...listFiles(path)] : [path];
  }).toSorted();
}

/** Installs, or fails with what was said. */
async function install(home: Home): Promise<Result> {
  const result = await home.task("install");
  equal(result.code, 0, result.err);
  return result;
}

const commandOf = ({ path }: Home) => `${path}/.local/bin/podling`;
const programOf = ({ path }: Home) => `${path}/.local/share/podling/podling.js`;

for (const isOrdinary of [false, true]) {
  const who = isOrdinary ? "an ordinary user" : "the caller";
  Deno.test({
    name: `installed for ${who}, it runs, is replaced, and goes without a trace`,
    ignore: isOrdinary && !canBecomeOrdinary,
    async fn() {
      await using home = await openHome(isOrdinary);
      const { out } = await install(home);
      match(out, /podling \S+ is installed as .*\/a home\/\.local\/bin\/podling\n/);
      match(out, /^add it to PATH: /m);
      const command = commandOf(home);
      const version = await home.start(command, "--version");
      deepEqual(version, { code: 0, out: `${readSettings().version}\n`, err: "" });
      const simulated = await home.start(command, "simulate", "examples/hello.yaml");
      equal(simulated.code, 0, simulated.err);
      match(simulated.err, /Pod Succeeded, exit status 0/);
      const ran = await home.start(command, "run", "--quiet", "examples/hello.yaml");
      deepEqual([ran.code, ran.out], [0, "Hello from a Pod\n"], ran.err);
      // Another Deno takes the place of one that is gone.
      const launcher = await Deno.readTextFile(command);
      await Deno.writeTextFile(command, launcher.replace(Deno.execPath(), "/nonexistent/deno"));
      await Deno.writeTextFile(programOf(home), "// not the program any more");
      equal((await home.start(command, "--version")).out, "");
      const refused = await home.task("install");
      equal(refused.code, 125, "a file without the marker is not podling's");
      match(refused.err, /^podling: Cannot install podling: .*podling\.js exists and is not/);
      await Deno.remove(programOf(home));
      await install(home);
      equal((await home.start(command, "--version")).out, version.out);
      equal(await Deno.readTextFile(command), launcher);
      await Deno.writeTextFile(`${home.path}/.local/bin/another`, "");
      equal((await home.task("uninstall")).code, 0);
      deepEqual(home.files(), [
        `${home.path}/.local`,
        `${home.path}/.local/bin`,
        `${home.path}/.local/bin/another`,
      ]);
    },
  });
}

Deno.test("installations at the same time leave one whole program, and nothing when it goes", async () => {
  await using home = await openHome();
  const results = await Promise.all([home.task("install"), home.task("install")]);
  deepEqual(results.map(({ code }) => code), [0, 0], results[0]!.err + results[1]!.err);
  const { out } = await home.start(commandOf(home), "--version");
  equal(out, `${readSettings().version}\n`);
  deepEqual(home.files().filter((path) => path.includes("/.podling-")), []);
  equal((await home.task("uninstall")).code, 0);
  deepEqual(home.files(), []);
  const again = await home.task("uninstall");
  match(again.out, /^podling is not installed in /);
});

Deno.test("a program of the same name that is not podling's is left alone", async () => {
  await using home = await openHome();
  const command = commandOf(home);
  await Deno.mkdir(`${home.path}/.local/bin`, { recursive: true });
  await Deno.writeTextFile(command, "#!/bin/sh\n");
  const { code, err } = await home.task("install");
  equal(code, 125);
  match(err, /^podling: Cannot install podling: .*\/bin\/podling exists and is not podling's/);
  await home.task("uninstall");
  deepEqual(home.files(), [`${home.path}/.local`, `${home.path}/.local/bin`, command]);
});

Deno.test({
  name: "a home that cannot be written to is reported, and nothing is left in it",
  ignore: !canBecomeOrdinary,
  async fn() {
    await using home = await openHome(true);
    await Deno.chmod(home.path, 0o555);
    const { code, err } = await home.task("install");
    await Deno.chmod(home.path, 0o755);
    equal(code, 125);
    match(err, /^podling: Cannot install podling in .*: Permission denied/);
    notEqual(err.split("\n")[1], undefined);
    deepEqual(home.files(), []);
  },
});

Deno.test({
  name: "a full or closed folder of commands changes nothing of an installation",
  ignore: !canBecomeOrdinary,
  async fn() {
    await using home = await openHome(true);
    await install(home);
    await Deno.writeTextFile(programOf(home), "\n// as it was", { append: true });
    const before = await Deno.readTextFile(programOf(home));
    await Deno.chmod(`${home.path}/.local/bin`, 0o555);
    equal((await home.task("install")).code, 125);
    equal(await Deno.readTextFile(programOf(home)), before);
    deepEqual(home.files().filter((path) => path.includes("/.podling-")), []);
    await Deno.chmod(`${home.path}/.local/bin`, 0o755);
  },
});
