/** Paths as text; pure. */

/** An absolute path without `.` and `..`; a relative one starts at `directory`, which is absolute. */
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

/** The way to a path as the person would type it: relative where it lies below where they stand. */
export function displayPath(directory: string, path: string): string {
  const inside = directory === "/" ? "/" : `${directory}/`;
  return path.startsWith(inside) ? path.slice(inside.length) : path;
}
