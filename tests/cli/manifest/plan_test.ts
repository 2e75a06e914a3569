/** What `run` and `simulate` are to run. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { parseOptions } from "../../../src/cli/arguments/arguments.ts";
import { formatManifestErrors } from "../../../src/cli/manifest/manifests.ts";
import { runOptions } from "../../../src/cli/arguments/options.ts";
import { type PlanRequest, readPlan } from "../../../src/cli/manifest/plan.ts";
import { resolveImage } from "../../../src/cli/manifest/image.ts";

/** The errors of a plan for one Pod with one container. */
async function errorsOf(
  container: Readonly<Record<string, unknown>>,
  place: Partial<PlanRequest> = {},
  spec: Readonly<Record<string, unknown>> = {},
): Promise<string[]> {
  const folder = await Deno.makeTempDir({ prefix: "podling-cli-" });
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers: [{ name: "c", ...container }], volumes: [{ name: "v" }], ...spec },
  };
  try {
    await Deno.writeTextFile(`${folder}/pod.json`, JSON.stringify(pod));
    const { errors } = await readPlan(["pod.json"], {
      options: parseOptions(runOptions, []).values,
      directory: folder,
      resolveImage: (image) => resolveImage(image, new Map([["own", ["bin/own"]]])),
      ...place,
    });
    return formatManifestErrors(errors).map((it) => it.replace(/^pod\.json:\d+:\d+: /, ""));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const nothingIsHere: Partial<PlanRequest> = { hasProgram: () => false };
const nginx = { image: "nginx:1.27" };
const missing =
  'spec.containers[0].image: Unsupported here: "nginx", the program of the image "nginx:1.27", is not ' +
  "installed here, and no image is pulled; install it, give a command, or --image nginx:1.27=ARGV";
const rows: [name: string, container: object, errors: string[]][] = [
  ["a known image", nginx, [missing]],
  ["a known image with args", { ...nginx, args: ["-v"] }, [missing]],
  ["an unknown image", { image: "example.com/app" }, [
    'spec.containers[0].image: Unsupported here: no program is known for the image "example.com/app", ' +
    "and none is pulled; give a command, or --image example.com/app=ARGV",
  ]],
  ["a command", { ...nginx, command: ["nginx"] }, []],
  ["a shell's arguments", { image: "busybox", args: ["true"] }, []],
  ["a PATH of its own", { ...nginx, env: [{ name: "PATH", value: "/opt" }] }, []],
  ["a volume over a folder of programs", {
    ...nginx,
    volumeMounts: [{ name: "v", mountPath: "/usr/local/" }],
  }, []],
  ["another volume", { ...nginx, volumeMounts: [{ name: "v", mountPath: "/usr/share" }] }, [
    missing,
  ]],
  ["a program in the working directory", { image: "own" }, []],
];
Deno.test("readPlan() of a simulation takes what this machine cannot give", async () => {
  const container = {
    image: "i",
    command: ["x"],
    volumeDevices: [{ name: "v", devicePath: "/d" }],
    ports: [{ containerPort: 80, hostPort: 80 }],
  };
  const spec = {
    volumes: [{ name: "v", persistentVolumeClaim: { claimName: "v" } }],
    initContainers: [{
      name: "sidecar",
      image: "i",
      command: ["x"],
      restartPolicy: "Always",
      ports: container.ports,
    }],
  };
  deepEqual(await errorsOf(container, { isSimulated: true }, spec), []);
  deepEqual(await errorsOf(container, {}, spec), [
    "spec.containers[0].volumeDevices: Unsupported here: a block device cannot be given to a " +
    "process without harm to the machine",
    'spec.containers[0].ports[0].hostPort: Unsupported here: container "sidecar" has port ' +
    "80/TCP of every address already",
  ]);
});

for (const [name, container, errors] of rows) {
  Deno.test(`readPlan() of an image whose program is not installed: ${name}`, async () => {
    deepEqual(await errorsOf({ ...container }, nothingIsHere), errors);
  });
}

Deno.test("readPlan() leaves a known image whose program is installed alone", async () => {
  deepEqual(await errorsOf(nginx, { hasProgram: (name) => name === "nginx" }), []);
  deepEqual(await errorsOf(nginx), []);
});
