/**
 * What happened, written into a scenario in place of what was expected: only those values change,
 * and comments and layout stay; pure.
 */
// @ts-types="yaml-types"
import { isMap, isScalar, isSeq, parseDocument, stringify } from "yaml";
// @ts-types="yaml-types"
import type { Node } from "yaml";
import type { FileResult } from "./failure.ts";

/** A scenario with new expectations. */
export interface UpdatedScenario {
  readonly text: string;
  /** The difference, a line each: `@ LINE`, `-…`, `+…`. */
  readonly changes: readonly string[];
}

interface Edit {
  readonly begin: number;
  readonly end: number;
  readonly text: string;
}

/** The text of a scenario in which what failed is as it was seen. */
export function updateScenario(
  text: string,
  { failures }: Pick<FileResult, "failures">,
): UpdatedScenario {
  const head = text.slice(0, findEnd(text));
  const { contents } = parseDocument(head, { schema: "failsafe", logLevel: "silent" });
  const updates = new Map(failures.flatMap(({ update }) => update ? [[update.field, update]] : []));
  const edits = [...updates.values()].flatMap(({ field, value }) => {
    const node = findNode(contents as Node | null, field);
    return node === undefined ? [] : [editOf(head, node, { field, value })];
  }).toSorted((a, b) => a.begin - b.begin);
  let written = text;
  for (const { begin, end, text: value } of edits.toReversed()) {
    written = written.slice(0, begin) + value + written.slice(end);
  }
  return { text: written, changes: edits.flatMap((edit) => describe(text, edit)) };
}

/** Where the manifest begins, or the text ends: as the scenario's own reader has it. */
function findEnd(text: string): number {
  for (const { index } of text.matchAll(/^---(?=[ \t\r\n]|$)/gm)) {
    if (/^[ \t]*[^\s#]/m.test(text.slice(0, index))) return index;
  }
  return text.length;
}

/** The value of a field such as `exits.web` or `conditions[Deployment/web].Available`. */
function findNode(root: Node | null, field: string): Node | undefined {
  let node: unknown = root;
  for (const [, plain, bracketed] of field.matchAll(/([\w-]+)|\[([^\]]*)\]/g)) {
    const name = plain ?? bracketed!;
    if (isSeq(node)) node = node.items[Number(name)];
    else if (isMap(node)) {
      node = node.items.find(({ key }) => isScalar(key) && String(key.value) === name)?.value;
    } else return undefined;
  }
  return (node ?? undefined) as Node | undefined;
}

function editOf(
  text: string,
  node: Node,
  { field, value }: { readonly field: string; readonly value: unknown },
): Edit {
  const [begin, end] = rangeOf(node);
  const line = text.lastIndexOf("\n", begin - 1) + 1;
  // Nothing but a trace is long enough for a block of lines where there was none.
  if (typeof value === "string" && (field === "trace" || isBlock(node))) {
    // Below its key, as deep as it was.
    const own = /\n( *)\S/.exec(text.slice(begin, end))?.[1];
    const indent = own ?? " ".repeat(/^ */.exec(text.slice(line))![0].length + 2);
    const body = value.trimEnd().split("\n").map((it) => it === "" ? "" : indent + it).join("\n");
    return { begin, end, text: body === "" ? '""\n' : `|\n${body}\n` };
  }
  const isFlow = !isSeq(node) || node.flow === true;
  const lines = stringify(value, {
    lineWidth: 0,
    collectionStyle: isFlow ? "flow" : "block",
    flowCollectionPadding: false,
    ...isScalar(node) && { blockQuote: false },
  }).trimEnd().split("\n");
  const indent = " ".repeat(begin - line);
  return { begin, end, text: lines.map((it, at) => at === 0 ? it : indent + it).join("\n") };
}

/** Without blank lines and comments behind it. */
function rangeOf(node: Node): readonly [begin: number, end: number] {
  const [begin, end] = node.range!;
  if (!isSeq(node) || node.flow || node.items.length === 0) return [begin, end];
  return [begin, rangeOf(node.items.at(-1) as Node)[1]];
}

function isBlock(node: Node): boolean {
  return isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED");
}

/** The lines that an edit changes, before and after. */
function describe(text: string, { begin, end, text: value }: Edit): string[] {
  const from = text.lastIndexOf("\n", begin - 1) + 1;
  const until = text.indexOf("\n", Math.max(end - 1, begin));
  const to = until < 0 ? text.length : until;
  const before = text.slice(from, to).split("\n");
  const after = (text.slice(from, begin) + value + text.slice(end, to)).trimEnd().split("\n");
  let same = 0;
  while (same < before.length && same < after.length && before[same] === after[same]) same++;
  let last = 0;
  while (
    last < Math.min(before.length, after.length) - same &&
    before.at(-1 - last) === after.at(-1 - last)
  ) last++;
  const line = text.slice(0, from).split("\n").length + same;
  return [
    `@ line ${line}`,
    ...before.slice(same, before.length - last).map((it) => `-${it}`),
    ...after.slice(same, after.length - last).map((it) => `+${it}`),
  ];
}
