/** Where the programs of the machine are that this program starts. */
import { isObject } from "../../base/plain_data.ts";
import { findProgram } from "./executable.ts";
import { HOST_TOOLS, type Tools } from "./machine.ts";
import { fingerprint, type RememberedFacts } from "./remembered_facts.ts";
import { VIEW_TOOLS } from "./view_tools.ts";

/** What has been found, by name, and the names of the rest. */
export interface ToolSearch {
  /** A tool that has not been found has its name for a path. */
  readonly found: Tools;
  readonly missing: readonly string[];
}

const SYSTEM: readonly string[] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
const NAMES = [...HOST_TOOLS, ...VIEW_TOOLS];

/**
 * Looks for all tools in the folders of `PATH` and in those of the system, unless no entry of these
 * has changed since they were found: a file that only becomes executable is not seen.
 */
export async function findTools(
  remembered: RememberedFacts,
  searchPath: string = readSearchPath(),
): Promise<ToolSearch> {
  const own = absoluteFolders(searchPath);
  let search: ToolSearch | undefined;
  const known = await remembered.recall({
    name: "tools",
    dependsOn: [searchPath, fingerprint([...new Set([...own, ...SYSTEM])])].join("\n"),
    isValue: isToolPaths,
    find: () => {
      search = searchTools(own);
      return Promise.resolve(search.missing.length > 0 ? undefined : search.found);
    },
  });
  return search ?? { found: known!, missing: [] };
}

/** `PATH`; a folder whose name is not text cannot be looked into, and has another name here. */
export function readSearchPath(): string {
  try {
    return Deno.env.get("PATH") ?? "";
  } catch (error) {
    if (!(error instanceof Deno.errors.InvalidData)) throw error;
  }
  const variables = Deno.readTextFileSync("/proc/self/environ").split("\0");
  return variables.find((it) => it.startsWith("PATH="))?.slice("PATH=".length) ?? "";
}

/** The folders of `PATH`, and then those of the system; what is relative counts for nothing. */
export function toolSearchPath(): string {
  return [...absoluteFolders(readSearchPath()), ...SYSTEM].join(":");
}

function absoluteFolders(searchPath: string): readonly string[] {
  return searchPath.split(":").filter((folder) => folder.startsWith("/"));
}

/** Whether a value has the paths of all tools, and they lead to programs. */
function isToolPaths(value: unknown): value is Tools {
  return isObject(value) && NAMES.every((name) => {
    const path = value[name];
    return typeof path === "string" && path.startsWith("/") &&
      findProgram(path, "") !== undefined;
  });
}

function searchTools(own: readonly string[]): ToolSearch {
  const find = (name: string, folders: readonly string[]) =>
    [name, findProgram(name, folders.join(":"))] as const;
  const paths = [
    ...HOST_TOOLS.map((name) => find(name, [...own, ...SYSTEM])),
    // What is shown to containers is the system's.
    ...VIEW_TOOLS.map((name) => find(name, [...SYSTEM, ...own])),
  ];
  return {
    found: Object.fromEntries(paths.map(([name, path]) => [name, path ?? name])) as Tools,
    missing: paths.filter(([, path]) => path === undefined).map(([name]) => name),
  };
}
