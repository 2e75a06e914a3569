/** How a view of the host is put together. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { MountEntry } from "../../../src/runtime/machine/mount_table.ts";
import { type DirectoryFacts, planRootView } from "../../../src/runtime/view/root_view.ts";

/**
 * Folders by path: names that end in `/` are folders, `a -> b` is a link; undefined: not to be
 * listed.
 */
type Tree = Readonly<Record<string, readonly string[] | undefined>>;

const TREE: Tree = {
  "/": [
    "bin -> usr/bin",
    "usr/",
    "etc/",
    "proc/",
    "tmp/",
    "home/",
    "empty/",
    "swapfile",
    "odd:name/",
    "closed/",
  ],
  "/usr": ["bin/"],
  "/etc": ["passwd", "hosts", "ssl/", "mtab -> /proc/self/mounts"],
  "/etc/ssl": ["cert"],
  "/home": ["me/", "you/"],
  "/home/me": ["file"],
  "/home/you": ["file"],
  "/empty": [],
  "/odd:name": ["x"],
  "/closed": undefined,
  "/data": ["x"],
};

function reader(tree: Tree): (path: string) => DirectoryFacts {
  return (path) => ({
    mode: 0o755,
    uid: 0,
    gid: 0,
    entries: tree[path]?.map((entry) => {
      const [name = "", link] = entry.split(" -> ");
      if (link !== undefined) return { name, kind: "link", link };
      return name.endsWith("/")
        ? { name: name.slice(0, -1), kind: "directory" }
        : { name, kind: "file" };
    }),
  });
}

const mount = (path: string, fsType = "ext4"): MountEntry => ({ path, fsType, options: ["rw"] });

interface Plan {
  readonly layers: readonly string[];
  readonly skeleton?: readonly string[];
}

const plain = [
  "/bin -> usr/bin",
  "/usr",
  "/etc",
  "/proc",
  "/tmp",
  "/home",
  "/empty",
  "/swapfile copied",
  "/odd:name",
  "/closed",
];
const rows: [name: string, mounts: string[], privileged: boolean, plan: Plan][] = [
  ["root covers all at once", [], true, { layers: ["/"] }],
  ["root covers each mount, upper ones first", ["/home/me", "/home"], true, {
    layers: ["/", "/home", "/home/me"],
  }],
  [
    "root leaves out what is private, empty or closed",
    ["/proc", "/run/x", "/tmp", "/sys/fs", "/dev/shm", "/empty", "/closed"],
    true,
    { layers: ["/"] },
  ],
  [
    "others cover folder by folder",
    [],
    false,
    { layers: ["/", "/usr", "/etc", "/home", "/odd:name bound"], skeleton: plain },
  ],
  [
    "others take apart what has a mount below it",
    ["/home/me"],
    false,
    {
      layers: ["/", "/usr", "/etc", "/home/me", "/home/you", "/odd:name bound"],
      skeleton: plain.flatMap((path) =>
        path === "/home" ? [path, "/home/me", "/home/you"] : [path]
      ),
    },
  ],
  [
    "others keep the files beside a mounted one",
    ["/etc/hosts"],
    false,
    {
      layers: ["/", "/usr", "/etc/ssl", "/home", "/odd:name bound"],
      skeleton: plain.flatMap((path) =>
        path === "/etc"
          ? [
            path,
            "/etc/passwd copied",
            "/etc/hosts copied",
            "/etc/ssl",
            "/etc/mtab -> /proc/self/mounts",
          ]
          : [path]
      ),
    },
  ],
];
for (const [name, mounts, privileged, wanted] of rows) {
  Deno.test(`planRootView(): ${name}`, () => {
    const plan = planRootView(
      [mount("/"), ...mounts.map((path) => mount(path))],
      privileged,
      reader(TREE),
    );
    deepEqual({
      layers: plan.layers.map(({ target, isBound }) => isBound ? `${target} bound` : target),
      skeleton: plan.skeleton.map(({ path, link, copied }) =>
        link !== undefined ? `${path} -> ${link}` : copied ? `${path} copied` : path
      ),
    }, { skeleton: [], ...wanted });
  });
}

Deno.test("planRootView(): an automounter is not woken", () => {
  const plan = planRootView([mount("/"), mount("/data", "autofs")], true, reader(TREE));
  deepEqual(plan.layers.map(({ target }) => target), ["/"]);
});

const many = Array.from({ length: 1100 }, (_, index) => `d${index}`);
const large = { ...TREE, "/": ["home/"], "/home": [...many.map((it) => `${it}/`), "me/"] };

Deno.test("planRootView(): of a large folder with a mount in it only the mount is shown", () => {
  const open = Object.fromEntries(many.map((it) => [`/home/${it}`, ["file"]]));
  const plan = planRootView(
    [mount("/"), mount("/home/me")],
    false,
    reader({ ...large, ...open }),
  );
  deepEqual([plan.layers.map(({ target }) => target), plan.closed], [["/", "/home/me"], ["/home"]]);
});

Deno.test("planRootView(): what cannot be seen anyway does not make a folder large", () => {
  const tree = { ...large, "/home/d7": ["file"] };
  const plan = planRootView([mount("/"), mount("/home/me")], false, reader(tree));
  deepEqual(plan.layers.map(({ target }) => target), ["/", "/home/d7", "/home/me"]);
  deepEqual(plan.closed, []);
});

for (const name of ["a,b", "a:b", "a\\b", 'a"b', "a\nb"]) {
  Deno.test(`planRootView(): whatever a folder is called, it is covered: ${JSON.stringify(name)}`, () => {
    const tree = {
      "/": [`${name}/`],
      [`/${name}`]: ["x/", "y/"],
      [`/${name}/x`]: ["file"],
      [`/${name}/y`]: ["file"],
    };
    const layers = (mounts: readonly string[], privileged: boolean) =>
      planRootView([mount("/"), ...mounts.map((it) => mount(it))], privileged, reader(tree)).layers
        .filter(({ isBound }) => isBound).map(({ target }) => target);
    deepEqual(layers([], false), [`/${name}`]);
    deepEqual(layers([`/${name}/x`], false), [`/${name}/x`, `/${name}/y`]);
    deepEqual(layers([`/${name}/x`], true), [`/${name}/x`]);
  });
}
