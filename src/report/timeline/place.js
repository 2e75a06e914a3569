/**
 * Where the parts of a span stand, for a drawing of one width and for a page that is zoomed; pure.
 * The page runs this file as it is.
 */

/** Between a text and what is beside it. */
const GAP = 4;
/** Between labels of an axis. */
const LABEL_GAP = 16;
/** What is shorter is drawn as long as this. */
const LEAST_WIDTH = 2;

/**
 * Texts are left out where there is no room for them. One about an end stands behind the span, in
 * it, or above it.
 *
 * @param {readonly {x: number, width: number, gap: number, label: number, end: number}[]} spans of
 * a lane, in order: where each begins, how long it is, and how far the next one is, at zoom 1; and
 * the lengths of its texts, 0 where there is none.
 * @param {number} zoom
 * @param {number} titleEnd up to where the lane's own title stands above.
 * @returns {{x: number, width: number, label?: number, end?: number, isAbove: boolean,
 * isInside: boolean}[]} where each begins.
 */
export function placeSpans(spans, zoom, titleEnd) {
  let free = titleEnd + GAP;
  return spans.map((span) => {
    const x = span.x * zoom;
    const width = Math.max(span.width * zoom, LEAST_WIDTH);
    const { label, end } = span;
    const isBehind = end > 0 && span.gap * zoom >= end + 2 * GAP;
    const isInside = end > 0 && !isBehind && width >= end + 2 * GAP;
    const above = x + width - end;
    const isAbove = end > 0 && !isBehind && !isInside && above >= free;
    if (isAbove) free = x + width + GAP;
    const taken = isInside ? end + GAP : 0;
    return {
      x,
      width,
      isAbove,
      isInside,
      ...(label > 0 && width - taken >= label + 2 * GAP && { label: x + GAP }),
      ...(isBehind && { end: x + width + GAP }),
      ...(isInside && { end: x + width - end - GAP }),
      ...(isAbove && { end: above }),
    };
  });
}

/**
 * Which labels of an axis are shown: the first ones, and of the others those that touch none. Those
 * of a segment are even: a finer level of it is shown only where all of it has room.
 *
 * @param {readonly {x: number, length: number, segment?: number, level?: number}[]} labels by their
 * middles at zoom 1, the most important first, those of a segment and level one after the other.
 * @param {number} zoom
 * @param {{width: number, left: number, right: number, gap?: number}} line what they must not
 * leave: its length at zoom 1, and the room beside it; and how far labels are apart at least.
 * @returns {boolean[]}
 */
export function chooseLabels(labels, zoom, { width, left, right, gap = LABEL_GAP }) {
  const places = labels.map(({ x, length, segment, level }) => ({
    from: x * zoom - length / 2,
    to: x * zoom + length / 2,
    segment,
    level,
  }));
  /** @type {typeof places} */
  const taken = [];
  const full = new Set();
  const shown = new Set();
  for (let begin = 0; begin < places.length;) {
    const { segment, level } = places[begin];
    let end = begin + 1;
    while (
      end < places.length && segment !== undefined &&
      places[end].segment === segment && places[end].level === level
    ) end++;
    const row = places.slice(begin, end);
    begin = end;
    if (segment !== undefined) {
      const own = [...taken.filter((it) => it.segment === segment), ...row]
        .sort((a, b) => a.from - b.from);
      if (own.some((it, index) => index > 0 && own[index - 1].to + gap > it.from)) {
        full.add(segment);
      }
      if (full.has(segment)) continue;
    }
    for (const place of row) {
      const isFree = place.from >= -left && place.to <= width * zoom + right &&
        taken.every(({ from, to }) => place.to + gap <= from || place.from >= to + gap);
      if (!isFree) continue;
      taken.push(place);
      shown.add(place);
    }
  }
  return places.map((it) => shown.has(it));
}
