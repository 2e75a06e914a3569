/** Text that other people wrote, in XML and HTML; pure. */
import { escapeControls } from "../../base/control_characters.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** As text or as the value of an attribute; control characters as `\u001b`. */
export function escapeMarkup(text: string): string {
  return escapeControls(text).replace(/[&<>"']/g, (it) => ENTITIES[it]!);
}

/** A value as JSON that cannot end the element it stands in. */
export function formatScriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/</g, "\\u003c");
}

/** A number as short as a drawing needs it: to the hundredth. */
export function formatNumber(value: number): string {
  return String(Math.round(value * 100) / 100);
}
