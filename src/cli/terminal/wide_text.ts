/** Text with characters that are two columns wide, as a terminal shows it; pure. */
// @ts-types="get-east-asian-width-package"
import { eastAsianWidth } from "get-east-asian-width";

/** How many columns a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += eastAsianWidth(character.codePointAt(0)!);
  return width;
}

/** Begins a phrase: never the last of a line. */
const OPENING = "（“‘「『《【";
/** Ends a phrase: never the first of a line. */
const CLOSING = "，。、；：？！）”’」』》】…";

/** What a line is broken between: blanks, Chinese characters, marks and words. */
const UNITS = new RegExp(
  `\\s+|\\p{Script=Han}|[${OPENING}]|[${CLOSING}]|[^\\s\\p{Script=Han}${OPENING}${CLOSING}]+`,
  "gu",
);

/**
 * Breaks a text at blanks and between Chinese characters, with no mark at the wrong end of a line;
 * what is longer than a line stays whole.
 */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  let blank = "";
  for (const unit of glueMarks(text.match(UNITS) ?? [])) {
    if (unit.trim() === "") {
      blank = line === "" ? "" : " ";
      continue;
    }
    if (line !== "" && widthOf(line) + blank.length + widthOf(unit) > columns) {
      lines.push(line);
      line = unit;
    } else line += blank + unit;
    blank = "";
  }
  return [...lines, line];
}

/** Puts marks together with what they belong to. */
function glueMarks(units: readonly string[]): string[] {
  const glued: string[] = [];
  let opened = "";
  for (const unit of units) {
    if (OPENING.includes(unit)) opened += unit;
    else if (CLOSING.includes(unit) && glued.length > 0 && opened === "") {
      glued.push(glued.pop()! + unit);
    } else {
      glued.push(opened + unit);
      opened = "";
    }
  }
  return opened === "" ? glued : [...glued, opened];
}

/** The second column is not narrower than this. */
const LEAST_COLUMN = 16;

/**
 * Two columns, the second broken below itself; where there is no room for it beside the first,
 * below that.
 */
export function formatPairs(
  rows: readonly (readonly [first: string, second: string])[],
  columns: number,
): string[] {
  const first = Math.max(...rows.map(([it]) => widthOf(it)));
  const rest = columns - first - 2;
  if (rest < LEAST_COLUMN) {
    return rows.flatMap(([head, text]) => [
      head,
      ...wrapText(text, Math.max(columns - 4, 1)).map((line) => `    ${line}`),
    ]);
  }
  return rows.flatMap(([head, text]) =>
    wrapText(text, rest).map((line, index) => {
      const begin = index === 0 ? head : "";
      return `${begin}${" ".repeat(first - widthOf(begin))}  ${line}`.trimEnd();
    })
  );
}
