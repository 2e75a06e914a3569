/** Ages as kubectl shows them; pure. Rule: R-PRINT-9. */

/** The time since a moment; `<unknown>` where there is none. */
export function formatSince(time: string | undefined, now: number): string {
  return time === undefined ? "<unknown>" : formatAge(now - Date.parse(time));
}

/** A duration as kubectl shows ages: two units where the first is small (R-PRINT-9). */
export function formatAge(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 120) return `${Math.max(0, seconds)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return twoUnits([minutes, "m"], [seconds % 60, "s"]);
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return twoUnits([hours, "h"], [minutes % 60, "m"]);
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return twoUnits([days, "d"], [hours % 24, "h"]);
  if (days < 2 * 365) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? twoUnits([years, "y"], [days % 365, "d"]) : `${years}y`;
}

type Amount = readonly [count: number, unit: string];

function twoUnits([large, unit]: Amount, [small, smallUnit]: Amount): string {
  return small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smallUnit}`;
}
