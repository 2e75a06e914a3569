/** The arrows between the rooms of `src/`, and what its pure rooms do not name. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { readSourceFiles } from "./support/sources.ts";

const SRC = new URL("../src/", import.meta.url).pathname;

/** The map of `src/`, for people. */
const MAP = "README.md";

/** One file of `src/`. */
interface Source {
  /** Below `src/`: `runtime/launch/launch.ts`. */
  readonly path: string;
  /** `runtime`; of a file at the top, its own name. */
  readonly room: string;
  readonly text: string;
  /** Without comments and strings. */
  readonly code: string;
}

const sources: readonly Source[] = readSourceFiles("src").map((file) => {
  const path = file.path.slice("src/".length);
  return { path, room: path.split("/")[0]!, text: file.text, code: withoutWords(file.text) };
});
const modules = sources.filter(({ path }) => path.endsWith(".ts"));

/** Leaves of comments and strings nothing; code in `${}` goes too. */
function withoutWords(text: string): string {
  const words =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
  return text.replace(words, (word) => word.startsWith("/") ? "" : '""');
}

/** What a file imports, types too. */
function importsOf({ text }: Source): string[] {
  const specifiers =
    /(?:^|\n)\s*(?:import|export)\b[^"';]*?\bfrom\s*"([^"]+)"|\bimport\(\s*"([^"]+)"/g;
  const bare = /(?:^|\n)import\s+"([^"]+)"/g;
  return [...text.matchAll(specifiers), ...text.matchAll(bare)].map((it) => it[1] ?? it[2]!);
}

/** Each room, and the rooms that it may look into; all others are above it or beside it. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  "base": [],
  "api": ["base"],
  "store": ["api", "base"],
  "lifecycle": ["api", "base"],
  "runtime": ["api", "base"],
  "streams": ["api", "base"],
  "node": ["store", "lifecycle", "runtime", "streams", "api", "base"],
  "controllers": ["store", "lifecycle", "runtime", "streams", "api", "base"],
  "apiserver": ["store", "lifecycle", "runtime", "streams", "api", "base"],
  // A manifest's script: what happens, for a simulated runtime.
  "scenario": ["runtime", "api", "base"],
  // What an event log means is all that it knows.
  "report": ["lifecycle", "api", "base"],
  "lab": ["lifecycle", "api", "base"],
  "cluster.ts": [
    "apiserver",
    "controllers",
    "node",
    "store",
    "lifecycle",
    "runtime",
    "streams",
    "api",
    "base",
  ],
  "cli": [
    ...["cluster.ts", "lab", "report", "scenario", "apiserver", "controllers", "node"],
    ...["store", "lifecycle", "runtime", "streams", "api", "base"],
  ],
  "main.ts": ["cli", "runtime", "base"],
};

Deno.test("imports point down, and never sideways", () => {
  const wrong: string[] = [];
  for (const source of modules) {
    for (const specifier of importsOf(source).filter((it) => it.startsWith("."))) {
      const target = new URL(specifier, `file:///src/${source.path}`).pathname;
      const room = target.replace(/^\/src\//, "").split("/")[0]!;
      if (target === "/deno.json" || room === source.room) continue;
      if (!arrows[source.room]?.includes(room)) wrong.push(`${source.path} → ${specifier}`);
    }
  }
  deepEqual(wrong, []);
});

Deno.test("rooms are those of the plan, and each has its place in it", () => {
  deepEqual([...new Set(sources.map(({ room }) => room))].filter((room) => !(room in arrows)), []);
});

const map = Deno.readTextFileSync(SRC + MAP);

Deno.test("the map has every room, with its arrows", () => {
  const rooms = new Set(sources.map(({ room }) => room));
  const rows = map.split("## Rooms and arrows")[1]!.split("\n## ")[0]!.matchAll(
    /^\| `([\w.]+)` \| ([^|]*) ?\|/gm,
  );
  const drawn = [...rows].map(([, room, targets]): [string, string[]] => {
    const words = targets!.trim();
    const isAll = words === "all of the above";
    return [
      room!,
      isAll ? [...rooms].filter((it) => !["cli", "main.ts"].includes(it)) : words.split(", "),
    ];
  });
  const sorted = (it: Iterable<[string, readonly string[]]>) =>
    Object.fromEntries(
      [...it].map((
        [room, targets],
      ) => [room, targets.filter((word) => rooms.has(word)).toSorted()]),
    );
  deepEqual(sorted(drawn), sorted(Object.entries(arrows).filter(([room]) => rooms.has(room))));
});

Deno.test("what the map names is there, and it fits a page", () => {
  const paths = [...map.matchAll(/`((?:src|tests|\.ci|[a-z]+)\/[\w./]*|\w+\.ts)`/g)]
    .map((it) => it[1]!);
  const exists = (path: string) =>
    [SRC, `${SRC}../`].some((root) => {
      try {
        return Deno.statSync(root + path) !== undefined;
      } catch {
        return false;
      }
    });
  deepEqual(paths.filter((path) => !exists(path)), []);
  const names = [...map.matchAll(/`(\w+)\(|`([a-z]+[A-Z]\w+)`/g)].map((it) => it[1] ?? it[2]!);
  const code = sources.map(({ text }) => text).join("\n");
  deepEqual(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(code)), []);
  equal(paths.length > 30 && names.length > 8 && map.split("\n").length <= 100, true);
});

/** Every import between files of `src/`: of types and lazy ones too. */
const graph: ReadonlyMap<string, readonly string[]> = new Map(modules.map((source) => [
  source.path,
  importsOf(source).filter((it) => it.startsWith("."))
    .map((it) => new URL(it, `file:///${source.path}`).pathname.slice(1)),
]));

/** The circles of a graph, each once. */
function findCircles(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (node: string, way: readonly string[]): void => {
    if (way.includes(node)) {
      return void circles.push([...way.slice(way.indexOf(node)), node].join(" → "));
    }
    if (done.has(node)) return;
    for (const next of edges.get(node) ?? []) visit(next, [...way, node]);
    done.add(node);
  };
  for (const node of edges.keys()) visit(node, []);
  return circles;
}

Deno.test("no file imports itself by a circle, of values or of types", () => {
  deepEqual(findCircles(graph), []);
});

Deno.test("no folder imports itself by a circle", () => {
  const folderOf = (path: string) => path.split("/").slice(0, -1).join("/");
  const folders = new Map<string, string[]>();
  for (const [path, targets] of graph) {
    const folder = folderOf(path);
    const others = targets.map(folderOf).filter((it) => it !== folder && it !== "");
    folders.set(folder, [...folders.get(folder) ?? [], ...others]);
  }
  deepEqual(findCircles(folders), []);
});

/** The types of Kubernetes' objects: long by nature, and read by name. */
const LONG_BY_NATURE = /^api\/types\/(cluster|fields|pod)\.ts$/;

Deno.test("no file has more than 500 lines, and no class more than 250", () => {
  const long = modules.filter(({ path }) => !LONG_BY_NATURE.test(path)).flatMap(
    ({ path, text }) => {
      const classes = text.matchAll(/^(?:export )?(?:abstract )?class (\w+)[\s\S]*?^}/gm);
      return [
        ...text.split("\n").length > 501 ? [path] : [],
        ...[...classes].filter(([body]) => body.split("\n").length > 250).map((it) =>
          `${path}: ${it[1]}`
        ),
      ];
    },
  );
  deepEqual(long, []);
});

Deno.test("no folder has more than 16 files", () => {
  const counts = Map.groupBy(sources, ({ path }) => path.split("/").slice(0, -1).join("/"));
  deepEqual([...counts].filter(([, files]) => files.length > 16).map(([folder]) => folder), []);
});

/** Files that compute: no machine, no clock, no chance. */
const isPure = ({ room, text }: Source) =>
  ["api", "lifecycle", "report", "lab", "scenario"].includes(room) ||
  /\bpure\b/i.test(headOf(text));

/** The comment that a file begins with. */
function headOf(text: string): string {
  return /^\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? "";
}

/** Rooms and files at the edge, which may name `Deno`. */
const isEdge = ({ path, room }: Source) =>
  ["base", "runtime", "streams", "apiserver", "cli", "main.ts"].includes(room) ||
  path === "store/object_database.ts" || path.startsWith("node/server/");

/** A word in code, each with the files where it may stand. */
const words: [word: RegExp, may: (source: Source) => boolean][] = [
  [/\bDeno\.(?!Signal\b)/, isEdge],
  [/\b(Deno|process|navigator)\.(?!Signal\b)/, (source) => !isPure(source)],
  [/\b(console)\./, ({ room }) => room === "main.ts"],
  [
    /\b(Date\.now|new Date\(\)|performance\b)/,
    ({ room }) => ["base", "runtime", "cli"].includes(room),
  ],
  [/\bDate\(\)/, ({ room }) => ["base", "cli"].includes(room)],
  [
    /\b(setTimeout|setInterval|setImmediate|queueMicrotask)\b/,
    ({ room }) => ["base", "runtime", "cli", "streams", "apiserver"].includes(room),
  ],
  [/\bMath\.random\b/, () => false],
  [/\bcrypto\./, ({ room }) => ["runtime", "cli", "apiserver"].includes(room)],
  [/\b(require\s*\(|module\.exports|__dirname)/, () => false],
  [/\bas any\b|: any\b|<any>/, () => false],
];
for (const [word, may] of words) {
  Deno.test(`only where it belongs: ${word.source}`, () => {
    const found = modules.filter((source) => !may(source) && word.test(source.code));
    deepEqual(found.map(({ path }) => path), []);
  });
}

/** What costs more than a whole run to load; only by `import()`, where it is needed. */
const loadedLate: Readonly<Record<string, readonly string[]>> = {
  "runtime/probe/http_get.ts": ["node:tls", "node:stream"],
  "runtime/probe/grpc_health.ts": ["node:http2", "node:stream"],
  "runtime/service/datagrams.ts": ["node:dgram"],
  "runtime/service/dns_codec.ts": ["node:buffer"],
  "store/object_database.ts": ["node:fs", "node:sqlite"],
  "streams/spdy/header_codec.ts": ["node:zlib"],
};

Deno.test("no node: module, nothing CommonJS, no package but the few", () => {
  const packages = ["yaml", "type-flag", "dns-packet", "get-east-asian-width", "cel-js", "re2js"];
  const wrong = modules.flatMap((source) =>
    importsOf(source).filter((it) =>
      !it.startsWith(".") && !packages.includes(it) && !loadedLate[source.path]?.includes(it)
    ).map((it) => `${source.path} → ${it}`)
  );
  deepEqual(wrong, []);
});

Deno.test("what is loaded late is not loaded early", () => {
  const early = modules.filter(({ path, text }) =>
    path in loadedLate && /\n(?:import|export)\b[^;]*"node:/.test(text)
  );
  deepEqual(early.map(({ path }) => path), []);
});

Deno.test("a file is named for its noun, in small letters", () => {
  const wrong = sources.filter(({ path }) =>
    !/^[a-z_/]+\.(ts|sh|js|css|yaml)$/.test(path) ||
    /(^|\/)(utils?|helpers?|common|misc|index|mod)\./.test(path)
  );
  deepEqual(wrong.map(({ path }) => path), []);
});

Deno.test("no test changes what all tests of its process share", () => {
  const shared = /\bDeno\.(env\.(set|delete)|chdir)\b/;
  const changing = readSourceFiles("tests")
    .filter(({ text }) => shared.test(withoutWords(text)))
    .map(({ path }) => path);
  deepEqual(changing, []);
});

Deno.test("every file begins with what it is for", () => {
  const wrong = sources.filter(({ path, text }) =>
    /\.(ts|js|css)$/.test(path)
      ? !/^\/\*\*[\s\S]*?\w[\s\S]*?\*\//.test(text)
      : !/^(#!.*\n)?# \w/.test(text)
  );
  deepEqual(wrong.map(({ path }) => path), []);
});
