/** Paths as text; pure. */

/**
 * An absolute path without `.` and `..`; a relative one starts at `directory`, which is absolute.
 */
export function resolvePath(directory: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${directory}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** The folder that holds a path. */
export function parentPath(path: string): string {
  return resolvePath("/", `${path}/..`);
}

/** What a folder holds, as the person who named the folder would name it. */
export function joinPath(folder: string, name: string): string {
  return folder === "." ? name : `${folder.replace(/\/+$/, "")}/${name}`;
}
