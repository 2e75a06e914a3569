/** The record of the folders that were made for an installation; pure. */

/** Begins a line whose path has a line break: earlier versions leave it out. */
const QUOTE = '"';

/** A path a line. */
export function formatRecord(paths: readonly string[]): string {
  const lines = paths.map((path) =>
    path.includes("\n") ? QUOTE + path.replaceAll("\\", "\\\\").replaceAll("\n", "\\n") : path
  );
  return lines.map((line) => `${line}\n`).join("");
}

/** The paths of a record, or of what is left of one. */
export function parseRecord(text: string): readonly string[] {
  return text.split(/[\n\0]/)
    .map((line) =>
      line.startsWith(QUOTE)
        ? line.slice(1).replaceAll(/\\(.)/g, (_, it) => it === "n" ? "\n" : it)
        : line
    )
    .filter((path) => path.startsWith("/"));
}
