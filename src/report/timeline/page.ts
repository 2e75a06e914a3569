/** A timeline as one HTML file that needs nothing else; pure. */
import type { Millis } from "../../base/clock.ts";
import { escapeControls } from "../../base/control_characters.ts";
import { formatDuration } from "../../base/duration.ts";
import { escapeMarkup, formatScriptJson } from "./markup.ts";
import pageStyle from "./page.css" with { type: "text" };
import pageScript from "./page.js" with { type: "text" };
import placeScript from "./place.js" with { type: "text" };
import { STYLE } from "./style.ts";
import { type Detail, type Drawing, drawTimeline, MEASURES } from "./svg.ts";
import type { Timeline } from "./timeline.ts";

/** What the page runs. */
export const PAGE_SCRIPT = `${placeScript}\n${pageScript}`;

/**
 * The page. Its policy lets only its own script run, whatever names and messages contain, and
 * nothing is loaded.
 *
 * @param title for people: the file that the events are from.
 * @param digest the SHA-256 of {@link PAGE_SCRIPT}, in base64.
 */
export function formatPage(timeline: Timeline, title: string, digest: string): string {
  const drawing = drawTimeline(timeline, true);
  const policy = `default-src 'none'; style-src 'unsafe-inline'; ` +
    `script-src 'sha256-${digest}'`;
  const { left, right, line, character } = MEASURES;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(title)}</title><style>${STYLE}${pageStyle}</style></head>
<body class="page"><header><h1>${escapeMarkup(title)}</h1>
<p>${formatDuration(timeline.to - timeline.from)} of lifecycle time</p>
<p><button id="out" aria-label="zoom out">−</button> <button id="in" aria-label="zoom in">+</button>
<button id="fit">fit</button></p>
<p class="keys">Point, click or move with the arrow keys to see why; + − 0 zoom</p></header>
<main id="scroller" data-left="${left}" data-right="${right}" data-line="${line}" \
data-character="${character}">
${formatBody(drawing)}</main>
<aside id="panel" aria-live="polite">Point at a bar or a sign.</aside>
<script type="application/json" id="details">${
    formatScriptJson(packDetails(drawing.details, drawing.from))
  }</script>
<script type="module">${PAGE_SCRIPT}</script></body></html>
`;
}

function formatBody({ axis, axisHeight, groups }: Drawing): string {
  const { left, right, line } = MEASURES;
  const svg = (height: number, body: string) =>
    `<svg width="${line + left + right}" height="${height}"><g transform="translate(${left} 0)">` +
    `${body}</g></svg>`;
  return [
    `<div id="axis">${svg(axisHeight, axis)}</div>`,
    ...groups.map(({ title, depth, height, body }) =>
      `<section style="--depth:${depth};--height:${height + 24}px">` +
      `<h2 title="${escapeMarkup(title)}">${escapeMarkup(title)}</h2>${svg(height, body)}</section>`
    ),
  ].join("\n");
}

/** Details with each text once: most of them say the same. */
interface PackedDetails {
  readonly texts: readonly string[];
  /** Number of the title; for each fact its time, and numbers of texts (`""` for what is not). */
  readonly items: readonly (readonly [number, ...(readonly [string, number, number, number])[]])[];
}

function packDetails(details: readonly Detail[], begin: Millis): PackedDetails {
  const numbers = new Map<string, number>();
  const numberOf = (raw: string) => {
    const text = escapeControls(raw);
    const known = numbers.get(text) ?? numbers.size;
    numbers.set(text, known);
    return known;
  };
  const items = details.map(({ title, facts }) =>
    [
      numberOf(title),
      ...facts.map(({ at, message, because = "", rule = "" }) =>
        [
          formatDuration(at - begin),
          numberOf(message),
          numberOf(because),
          numberOf(rule),
        ] as const
      ),
    ] as const
  );
  return { texts: [...numbers.keys()], items };
}
