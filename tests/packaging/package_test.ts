/** What npm packs, and the command that it installs. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { PROJECT, readSettings } from "../../packaging/bundle.ts";

const npmPackage = JSON.parse(Deno.readTextFileSync(`${PROJECT}package.json`));

Deno.test("the package has the version of deno.json, and the Deno that the README names", () => {
  equal(npmPackage.version, readSettings().version);
  const named = Deno.readTextFileSync(`${PROJECT}README.md`).match(/npx -y deno@\S+/g) ?? [];
  deepEqual([...new Set(named)], [`npx -y deno@${npmPackage.peerDependencies.deno}`]);
});

async function start(cwd: string, program: string, ...args: string[]) {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd,
    env: { NO_COLOR: "1", npm_config_update_notifier: "false" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  ok(success, `${program} ${args.join(" ")}: ${text(stdout)}${text(stderr)}`);
  return text(stdout);
}

const hasNpm = await start("/", "npm", "--version").then(() => true, () => false);

Deno.test({
  name: `npx runs the packed tarball${hasNpm ? "" : ": skipped, npm is not installed"}`,
  ignore: !hasNpm,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "podling-test-" });
    try {
      await Deno.mkdir(`${folder}/dist/0123456789ab`, { recursive: true });
      await Deno.writeTextFile(`${folder}/dist/0123456789ab/run.js`, "earlier");
      // A copy: tests beside this one use the checkout.
      const files = ["deno.json", "deno.lock", "package.json", "LICENSE", "README.md"];
      await start(PROJECT, "cp", "-r", ...files, "src", "packaging", "node_modules", folder);
      const listed = await start(folder, "npm", "pack", "--json", "--silent", "--offline");
      const [packed] = JSON.parse(listed.slice(listed.lastIndexOf("\n[") + 1));
      const paths: string[] = packed.files.map(({ path }: { path: string }) => path).toSorted();
      const isPart = (path: string) => /^dist\/[0-9a-f]{12}\/[\w-]+\.js$/.test(path);
      deepEqual(paths.filter((path) => !isPart(path)), [
        "LICENSE",
        "README.md",
        "dist/podling",
        "dist/podling.js",
        "package.json",
      ]);
      const folders = new Set(paths.filter(isPart).map((path) => path.split("/")[1]));
      equal(folders.size, 1, "nothing is left of an earlier bundle");
      const user = `${folder}/user`;
      await Deno.mkdir(`${user}/node_modules`, { recursive: true });
      await Deno.writeTextFile(`${user}/package.json`, "{}");
      // The Deno that is here stands for the peer that npm would download, and is found in PATH.
      const tarball = `${folder}/${packed.filename}`;
      const options = ["--offline", "--no-audit", "--no-fund", "--legacy-peer-deps"];
      await start(user, "npm", "install", ...options, tarball);
      equal(await start(user, "npx", "podling", "--version"), `${readSettings().version}\n`);
      const manifest = `${PROJECT}examples/hello.yaml`;
      equal(await start(user, "npx", "podling", "simulate", "--quiet", manifest), "");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
