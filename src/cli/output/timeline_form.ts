/** A timeline in the form that a file gets. */
import { formatPage, PAGE_SCRIPT } from "../../report/timeline/page.ts";
import { formatSvg } from "../../report/timeline/svg.ts";
import type { Timeline } from "../../report/timeline/timeline.ts";

/** The text of a drawing; `title`: what the page calls it. */
export async function formatTimeline(
  timeline: Timeline,
  form: "svg" | "html",
  title: string,
): Promise<string> {
  if (form === "svg") return formatSvg(timeline);
  const bytes = new TextEncoder().encode(PAGE_SCRIPT);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return formatPage(timeline, title, digest.toBase64());
}
