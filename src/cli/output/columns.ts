/** Text in columns. */

/** The last column is not broken to less than this. */
const MIN_LAST_WIDTH = 24;

/**
 * Rows in aligned columns. Where a line would be too long the last column goes on below itself,
 * broken at blanks; a longer word stays whole.
 *
 * @param lineWidth characters; see {@link readLineWidth}.
 */
export function formatColumns(
  rows: readonly (readonly [...string[], string])[],
  lineWidth: number,
): string[] {
  const widths =
    rows[0]?.slice(0, -1).map((_, column) => Math.max(...rows.map((row) => row[column]!.length))) ??
      [];
  const formatFirst = (cells: readonly string[]) =>
    widths.map((width, column) => `${(cells[column] ?? "").padEnd(width)}  `).join("");
  const lastWidth = Math.max(lineWidth - formatFirst([]).length, MIN_LAST_WIDTH);
  return rows.flatMap((row) =>
    breakLine(row.at(-1)!, lastWidth).map((part, index) =>
      `${formatFirst(index === 0 ? row : [])}${part}`.trimEnd()
    )
  );
}

/**
 * Lines, those that are too long broken at blanks. A line of columns goes on below its last one,
 * another one as far to the right as it begins, or two more where it is indented.
 *
 * @param lineWidth characters; see {@link readLineWidth}.
 */
export function breakLines(lines: readonly string[], lineWidth: number): string[] {
  return lines.flatMap((line) => {
    if (line.length <= lineWidth) return [line];
    const indent = /^ */.exec(line)![0].length;
    const column = [...line.matchAll(/(?<=\S) {2,}/g)].map((it) => it.index + it[0].length).at(-1);
    const start = column !== undefined && lineWidth - column >= MIN_LAST_WIDTH ? column : indent;
    const below = start === indent && indent > 0 ? indent + 2 : start;
    const [first = "", ...others] = breakLine(line.slice(start), lineWidth - below);
    return [line.slice(0, start) + first, ...others.map((part) => " ".repeat(below) + part)];
  });
}

/** How long a line may be: as the terminal is wide; any length where output goes elsewhere. */
export function readLineWidth(): number {
  if (!Deno.stdout.isTerminal()) return Infinity;
  // One that does not know its size has that of old.
  return Deno.consoleSize().columns || 80;
}

function breakLine(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
