/** What a page with a timeline does: it fits the width, zooms, and shows what someone points at. */
/* global placeSpans, chooseLabels: place.js stands before this file. */

const scroller = document.getElementById("scroller");
const panel = document.getElementById("panel");
const details = JSON.parse(document.getElementById("details").textContent);
const line = Number(scroller.dataset.line);
const [left, right] = [Number(scroller.dataset.left), Number(scroller.dataset.right)];
const margin = left + right;
const character = Number(scroller.dataset.character);
const sections = [...scroller.querySelectorAll("section")];
const MOST = 400;
let zoom = 1;
let isFitted = true;
const visible = new Set();
let stale = new Set();

const numbers = (text) => text.split(" ").map(Number);

/** Places what stands at a moment or lasts a while, in one group or in the axis. */
function place(section) {
  stale.delete(section);
  section.querySelector("svg").setAttribute("width", String(line * zoom + margin));
  for (const element of section.querySelectorAll("[data-x]")) {
    const x = Number(element.dataset.x) * zoom;
    if (element.dataset.w === undefined) element.setAttribute("transform", `translate(${x} 0)`);
    else {
      element.setAttribute("x", String(x));
      element.setAttribute("width", String(Number(element.dataset.w) * zoom));
    }
  }
  for (const row of section.querySelectorAll(".row")) placeRow(row);
}

function placeRow(row) {
  const title = row.querySelector("text.lane");
  const room = Math.floor((scroller.clientWidth - margin) / character);
  const whole = row.getAttribute("aria-label");
  title.textContent = whole.length > room ? `${whole.slice(0, Math.max(room - 1, 8))}…` : whole;
  const spans = [...row.querySelectorAll(".span")];
  const measures = spans.map((span) => {
    const [x, width, gap, label, end] = numbers(span.dataset.p);
    return { x, width, gap, label, end };
  });
  const titleEnd = scroller.scrollLeft + title.textContent.length * character;
  placeSpans(measures, zoom, titleEnd).forEach((at, index) => {
    const [rect, label, end] = ["rect", ".label", ".end"].map((it) =>
      spans[index].querySelector(it)
    );
    rect.setAttribute("x", String(at.x));
    rect.setAttribute("width", String(at.width));
    placeText(label, at.label);
    placeText(end, at.end);
    end?.classList.toggle("inside", at.isInside);
    end?.setAttribute("y", String(Number(rect.getAttribute("y")) + (at.isAbove ? -3 : 10)));
  });
}

function placeText(text, x) {
  if (text === null) return;
  if (x === undefined) text.setAttribute("display", "none");
  else {
    text.removeAttribute("display");
    text.setAttribute("x", String(x));
  }
}

function placeAxis() {
  const axis = document.getElementById("axis");
  place(axis);
  const ticks = [...axis.querySelectorAll("g.at")];
  const labels = ticks.map(({ dataset: { x, l, s } }) => {
    const [segment, level] = s === undefined ? [] : numbers(s);
    return { x: Number(x), length: Number(l), segment, level };
  });
  chooseLabels(labels, zoom, { width: line, left, right }).forEach((isShown, index) => {
    if (isShown) ticks[index].removeAttribute("display");
    else ticks[index].setAttribute("display", "none");
  });
}

/** Zooms; what is out of sight follows when it comes into sight. */
function setZoom(wanted, anchor = 0) {
  const before = zoom;
  const fit = Math.max(scroller.clientWidth - margin, 40) / line;
  zoom = Math.min(Math.max(wanted ?? fit, fit), MOST);
  isFitted = zoom === fit;
  const at = (scroller.scrollLeft + anchor - left) / before;
  placeAxis();
  stale = new Set(sections);
  for (const section of visible) place(section);
  scroller.scrollLeft = at * zoom + left - anchor;
}

const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) visible.add(target);
    else visible.delete(target);
    if (isIntersecting && stale.has(target)) place(target);
  }
}, { rootMargin: "300px" });

/** Shows the facts of a part; texts only, never markup. */
function show(index) {
  const [title, ...facts] = details.items[index];
  const lines = [element("strong", details.texts[title])];
  for (const [at, message, because, rule] of facts) {
    lines.push(element("p", `${at} · ${details.texts[message]}`));
    const why = [details.texts[because], details.texts[rule]].filter(Boolean);
    if (why.length > 0) lines.push(element("p", `because ${why.join(" · ")}`, "why"));
  }
  panel.replaceChildren(...lines);
}

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

const partOf = (target) => target instanceof Element ? target.closest("[data-i]") : null;
let pinned = null;

function pin(part) {
  pinned?.classList.remove("pinned");
  pinned = part;
  pinned?.classList.add("pinned");
  if (part !== null) show(Number(part.dataset.i));
}

scroller.addEventListener("pointerover", (event) => {
  const part = partOf(event.target);
  if (part !== null && pinned === null) show(Number(part.dataset.i));
});
scroller.addEventListener("click", (event) => pin(partOf(event.target)));
scroller.addEventListener("focusin", (event) => {
  const part = partOf(event.target);
  if (part !== null) pin(part);
});

/** The parts of a row in the order of time. */
const partsOf = (row) =>
  [...row.querySelectorAll("[data-i]")].sort((a, b) =>
    a.getBoundingClientRect().x - b.getBoundingClientRect().x
  );

function move(part, across, down) {
  const row = part.closest(".row");
  if (across !== 0) {
    const parts = partsOf(row);
    return parts[parts.indexOf(part) + across];
  }
  const rows = [...scroller.querySelectorAll(".row")];
  const x = part.getBoundingClientRect().x;
  const next = rows[rows.indexOf(row) + down];
  if (next === undefined) return undefined;
  place(next.closest("section"));
  return partsOf(next).reduce((best, it) =>
    Math.abs(it.getBoundingClientRect().x - x) < Math.abs(best.getBoundingClientRect().x - x)
      ? it
      : best
  );
}

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const part = partOf(document.activeElement);
  const [across, down] = MOVES[event.key] ?? [0, 0];
  if (event.key === "+" || event.key === "=") setZoom(zoom * 1.5, scroller.clientWidth / 2);
  else if (event.key === "-") setZoom(zoom / 1.5, scroller.clientWidth / 2);
  else if (event.key === "0") setZoom(undefined);
  else if (event.key === "Escape") pin(null);
  else if (part !== null && (across !== 0 || down !== 0)) {
    move(part, across, down)?.focus({ preventScroll: false });
  } else return;
  event.preventDefault();
});

scroller.addEventListener("wheel", (event) => {
  if (!event.ctrlKey) return;
  event.preventDefault();
  const anchor = event.clientX - scroller.getBoundingClientRect().x;
  setZoom(zoom * (event.deltaY < 0 ? 1.25 : 0.8), anchor);
}, { passive: false });
scroller.addEventListener("scroll", () => {
  scroller.style.setProperty("--scrolled", `${scroller.scrollLeft}px`);
});
for (const [id, factor] of [["in", 1.5], ["out", 1 / 1.5], ["fit", undefined]]) {
  document.getElementById(id).addEventListener(
    "click",
    () => setZoom(factor && zoom * factor, scroller.clientWidth / 2),
  );
}
addEventListener("resize", () => setZoom(isFitted ? undefined : zoom));
addEventListener("beforeprint", () => {
  for (const section of sections) visible.add(section);
  setZoom(undefined);
});

setZoom(undefined);
for (const section of sections) observer.observe(section);
