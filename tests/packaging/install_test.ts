/** `deno task install` into a home of its own, where the user may. */
import {
  deepStrictEqual as deepEqual,
  match,
  notStrictEqual as notEqual,
  strictEqual as equal,
} from "node:assert/strict";
import { canBe } from "../process/network_machine.ts";
import { asOrdinaryUser, canBecomeOrdinary, Place, ROOT, until } from "../process/support.ts";
import { type Bundle, makeBundle, readSettings } from "../../packaging/bundle.ts";
import { installBundle } from "../../packaging/install.ts";

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

let bundled: Promise<Bundle> | undefined;

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

Deno.test("the bundle keeps the license notices of packages", async () => {
  const { parts } = await (bundled ??= makeBundle());
  const notices = parts.flatMap(({ text }) => text.match(/\/\*![^]*?\*\//g) ?? []);
  match(notices.join("\n"), /re2js/);
});

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
      const explained = await home.start(command, "explain", "137");
      deepEqual([explained.code, explained.err], [0, ""]);
      match(explained.out, /^Exit code 137 of a container: SIGKILL/);
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

Deno.test({
  name: "what an installed program starts of itself serves Services and probes",
  ignore: !canBe("root"),
  async fn() {
    await using home = await openHome();
    await installBundle(await (bundled ??= makeBundle()), { HOME: home.path });
    const { code, out, err } = await home.start(
      commandOf(home),
      ...["run", "--quiet", "--network", "pod", "--until", "Complete"],
      "examples/service-headless.yaml",
    );
    equal(code, 0, err);
    match(out, / db stands for 2 addresses$/m);
  },
});

Deno.test("a program that runs while another is installed finds its parts", async () => {
  await using home = await openHome();
  const bundle = await (bundled ??= makeBundle());
  await installBundle(bundle, { HOME: home.path });
  const work = `${home.path}/work`;
  const container = {
    image: "busybox",
    workingDir: work,
    volumeMounts: [{ name: "work", mountPath: work }],
  };
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 5,
      initContainers: [{
        ...container,
        name: "sidecar",
        restartPolicy: "Always",
        command: ["sh", "-c", "trap 'exit 0' TERM; sleep 1000 & wait"],
        // What it needs is loaded when the Pod ends.
        lifecycle: { preStop: { exec: { command: ["sh", "-c", ": >stopping"] } } },
      }],
      containers: [{
        ...container,
        name: "c",
        command: ["sh", "-c", ": >running; until [ -e replaced ]; do sleep 0.02; done"],
      }],
      volumes: [{ name: "work", hostPath: { path: work } }],
    },
  };
  await Deno.mkdir(work);
  await Deno.writeTextFile(`${home.path}/pod.json`, JSON.stringify(pod));
  const running = home.start(commandOf(home), "run", "--quiet", `${home.path}/pod.json`);
  await until(() => home.files().includes(`${work}/running`));
  const other = "0123456789ab";
  const program = bundle.program.replaceAll(bundle.folder, other);
  await installBundle({ ...bundle, program, folder: other }, { HOME: home.path });
  equal((await home.start(commandOf(home), "--version")).out, `${readSettings().version}\n`);
  await Deno.writeTextFile(`${work}/replaced`, "");
  const { code, err } = await running;
  equal(code, 0, err);
  equal(home.files().includes(`${work}/stopping`), true, err);
});

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
  const words = ["run", "--allow-all", "packaging/main.ts", "uninstall"];
  // What reads it has gone before anything is written.
  const script = 'mkfifo "$0"; exec 3<>"$0" 4>"$0" 3<&-; exec "$@" >&4';
  const unread = await home.start(
    "sh",
    "-c",
    script,
    `${home.path}/pipe`,
    Deno.execPath(),
    ...words,
  );
  deepEqual([unread.code, unread.err], [0, ""]);
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

Deno.test("a folder for temporary files that is not there is reported in one line", async () => {
  await using home = await openHome();
  const words = ["run", "--allow-all", "packaging/main.ts"];
  for (const name of ["install", "bundle"]) {
    const { code, err } = await home.start(
      ...["env", "TMPDIR=/nonexistent", Deno.execPath()] as const,
      ...[...words, name],
    );
    equal(code, 125, err);
    match(err, /^podling: Cannot bundle the program: No such file or directory[^\n]*\n$/);
  }
  deepEqual(home.files(), []);
});

Deno.test({
  name: "a full or closed folder of commands changes nothing of an installation",
  ignore: !canBecomeOrdinary,
  async fn() {
    await using home = await openHome(true);
    await install(home);
    await Deno.writeTextFile(programOf(home), "\n// as it was", { append: true });
    const before = await Deno.readTextFile(programOf(home));
    const files = home.files();
    await Deno.chmod(`${home.path}/.local/bin`, 0o555);
    equal((await home.task("install")).code, 125);
    equal(await Deno.readTextFile(programOf(home)), before);
    deepEqual(home.files(), files);
    await Deno.chmod(`${home.path}/.local/bin`, 0o755);
  },
});
