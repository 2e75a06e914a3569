/**
 * `deno task bench --peers`: one container that ends at once, by this program and by others that
 * run containers or processes, in turn in one run. A peer that is not installed, or cannot run
 * here, is left out with its reason.
 */
import { type Benchmark, type Figure, measureInTurn, median } from "./figure.ts";
import {
  bareStart,
  formatPod,
  installInto,
  makeScratch,
  type Scratch,
  timeProgram,
} from "./program.ts";

const ROUNDS = 7;
const NAME = `podling-bench-${Deno.pid}`;

/** A way to run a program once, in the foreground. */
interface Peer {
  readonly name: string;
  /** Makes what it needs. @throws {Error} it cannot run here. */
  readonly prepare?: () => Promise<unknown>;
  /** What is timed. */
  readonly run: () => Promise<number>;
  /** Undoes what a run leaves, not timed. */
  readonly clean?: () => Promise<unknown>;
}

/** Ratios of this program to each peer, the installed command's first. */
export const peers: Benchmark = {
  name: "peers",
  async run() {
    using scratch = makeScratch();
    const pod = JSON.parse(formatPod(NAME, [["/bin/true"]]));
    // Like the others: podman's default network is one more program.
    pod.spec.hostNetwork = true;
    const manifest = scratch.write("true.yaml", JSON.stringify(pod));
    const empty = scratch.write("empty.ts", "");
    const launcher = await installInto(scratch);
    const ours: readonly Peer[] = [
      { name: "podling run", run: () => timeProgram(["sh", launcher, "run", manifest]) },
      { name: "podling simulate", run: () => timeProgram(["sh", launcher, "simulate", manifest]) },
      {
        name: "deno task run",
        run: () => timeProgram([Deno.execPath(), "task", "run", manifest]),
      },
    ];
    const others: readonly Peer[] = [
      {
        name: "deno run of an empty module",
        run: () => timeProgram([Deno.execPath(), "run", empty]),
      },
      podmanPlay(scratch, pod),
      ociRun("runc", ["runc"], scratch),
      // It refuses the hybrid cgroups of some machines.
      ociRun("crun without cgroups", ["crun", "--cgroup-manager=disabled"], scratch),
      {
        name: "bwrap",
        run: () =>
          timeProgram(
            [
              "bwrap",
              ..."--ro-bind / / --proc /proc --dev /dev --unshare-all /bin/true".split(" "),
            ],
          ),
      },
      supervisord(scratch),
      { name: "unshare", run: () => timeProgram([...bareStart, "/bin/true"]) },
    ];
    const figures: Figure[] = [];
    const able: Peer[] = [...ours];
    for (const peer of others) {
      try {
        await peer.prepare?.();
        await peer.run();
        await peer.clean?.();
        able.push(peer);
      } catch (error) {
        figures.push({ what: `against ${peer.name}`, skipped: explain(peer.name, error) });
        await peer.clean?.().catch(() => undefined); // The first error is reported already.
      }
    }
    const times = await measureInTurn(ROUNDS, able);
    for (const { name } of able.slice(ours.length)) {
      for (const own of ours) {
        const bound = BOUNDS[`${own.name}, against ${name}`];
        if (own.name === "podling simulate" && bound === undefined) continue;
        const measured = median(times.get(own.name)!);
        const floor = median(times.get(name)!);
        figures.push({
          what: `${own.name}, against ${name}`,
          measured,
          floor,
          measuredUnit: "ms",
          value: measured / floor,
          unit: "×",
          ...bound === undefined ? {} : { bound: { atMost: bound } },
        });
      }
    }
    return figures;
  },
};

/** Bounds of some pairs. */
const BOUNDS: Readonly<Record<string, number>> = {
  "podling run, against deno run of an empty module": 4.5,
  "podling simulate, against deno run of an empty module": 3,
  "deno task run, against deno run of an empty module": 6,
  "deno task run, against podman kube play": 0.4,
};

function explain(name: string, error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return `${name} is not installed`;
  return error instanceof Error ? error.message.split("\n").at(-1)! : String(error);
}

/** A root file system of one static program, which `true` is called as. */
async function makeRoot(folder: string): Promise<void> {
  const script =
    `mkdir -p "$0/bin" "$0/etc" "$0/tmp" && cp "$(command -v busybox)" "$0/bin/busybox" &&
    ln -sf busybox "$0/bin/true" && if ldd "$0/bin/busybox" >/dev/null 2>&1; then
      echo 'busybox is not static' >&2; exit 1
    fi`;
  await timeProgram(["sh", "-c", script, folder]);
}

/**
 * With a store and settings of its own: nothing of the machine's podman is used or changed, and
 * cgroups of any kind will do.
 */
function podmanPlay(scratch: Scratch, pod: unknown): Peer {
  const folder = `${scratch.path}/podman`;
  const settings = `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
infra_image = "localhost/podling-pause:latest"
`;
  const env = { CONTAINERS_CONF: `${scratch.path}/containers.conf` };
  const places = [
    "--root",
    `${folder}/storage`,
    "--runroot",
    `${folder}/run`,
    "--tmpdir",
    `${folder}/tmp`,
  ];
  const podman = (...words: string[]) => timeProgram(["podman", ...places, ...words], env);
  const own = structuredClone(pod) as { spec: { containers: { image: string }[] } };
  own.spec.containers[0]!.image = "localhost/podling-true:latest";
  const manifest = `${scratch.path}/podman.yaml`;
  return {
    name: "podman kube play",
    async prepare() {
      scratch.write("containers.conf", settings);
      scratch.write("podman.yaml", JSON.stringify(own));
      await podman("--version");
      const root = `${folder}/root`;
      await makeRoot(root);
      await timeProgram(["sh", "-c", 'cp "$(command -v catatonit)" "$0/pause"', root]);
      await timeProgram(["tar", "-C", root, "-cf", `${folder}/root.tar`, "."]);
      await podman("import", `${folder}/root.tar`, "localhost/podling-true:latest");
      const entry = 'ENTRYPOINT ["/pause","-P"]';
      await podman(
        "import",
        "--change",
        entry,
        `${folder}/root.tar`,
        "localhost/podling-pause:latest",
      );
    },
    run: () => podman("kube", "play", manifest),
    clean: () => podman("kube", "down", manifest),
  };
}

/**
 * A low-level runtime with the configuration that it writes itself, of a container that runs
 * `true`.
 */
function ociRun(name: string, words: readonly string[], scratch: Scratch): Peer {
  const folder = `${scratch.path}/${words[0]}`;
  const state = ["--root", `${folder}/state`];
  return {
    name,
    async prepare() {
      await makeRoot(`${folder}/rootfs`);
      await timeProgram(["sh", "-c", 'cd "$0" && "$1" spec', folder, words[0]!]);
      const config = JSON.parse(Deno.readTextFileSync(`${folder}/config.json`));
      config.process.terminal = false;
      config.process.args = ["/bin/true"];
      Deno.writeTextFileSync(`${folder}/config.json`, JSON.stringify(config));
    },
    run: () => timeProgram([...words, ...state, "run", "--bundle", folder, NAME]),
  };
}

/** It has no notion of an end: its only program ends it. */
function supervisord(scratch: Scratch): Peer {
  const settings = `[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile=${scratch.path}/supervisord.pid
[program:true]
command=/bin/sh -c "kill -TERM $PPID"
startsecs=0
autorestart=false
`;
  return {
    name: "supervisord",
    prepare: () => Promise.resolve(scratch.write("supervisord.conf", settings)),
    run: () => timeProgram(["supervisord", "-c", `${scratch.path}/supervisord.conf`]),
  };
}
