/**
 * What a JSON text has that is lost with its parsing: how deep it is, and fields that are given
 * twice; pure.
 *
 * Rule: sigs.k8s.io/json, UnmarshalStrict; of a field that is given twice the last value counts.
 */

/** What was found in a text. */
export interface JsonScan {
  readonly depth: number;
  /** The paths of fields that are given more than once, each once: `spec.containers[0].name`. */
  readonly duplicates: readonly string[];
}

/** An object or a list that is open. */
interface Level {
  /** The keys of an object that have been seen; undefined for a list. */
  readonly keys: Map<string, number> | undefined;
  /** The key of an object, the index of a list. */
  at: string | number;
}

const TOKEN = /"(?:[^"\\]|\\[^])*"|[[\]{},:]/g;
/** A text with more is not read anyway. */
const MOST_DUPLICATES = 100;

/**
 * Looks through a text, which need not be JSON.
 *
 * @param maxDepth it is not looked at any further below that.
 */
export function scanJson(text: string, maxDepth: number): JsonScan {
  const levels: Level[] = [];
  const duplicates: string[] = [];
  let depth = 0;
  let word: string | undefined;
  for (const [token] of text.matchAll(TOKEN)) {
    const level = levels.at(-1);
    switch (token) {
      case "{":
      case "[":
        levels.push({ keys: token === "{" ? new Map() : undefined, at: token === "{" ? "" : 0 });
        depth = Math.max(depth, levels.length);
        if (depth > maxDepth) return { depth, duplicates };
        break;
      case "}":
      case "]":
        levels.pop();
        break;
      case ",":
        if (typeof level?.at === "number") level.at++;
        break;
      case ":": {
        if (level?.keys === undefined || word === undefined) break;
        const key = readKey(word);
        const count = (level.keys.get(key) ?? 0) + 1;
        level.keys.set(key, count);
        level.at = key;
        if (count === 2 && duplicates.length < MOST_DUPLICATES) duplicates.push(pathOf(levels));
        break;
      }
    }
    word = token.startsWith('"') ? token : undefined;
  }
  return { depth, duplicates };
}

/** What is not a string is found out when it is parsed. */
function readKey(token: string): string {
  if (!token.includes("\\")) return token.slice(1, -1);
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}

function pathOf(levels: readonly Level[]): string {
  return levels.map(({ at }) => typeof at === "number" ? `[${at}]` : `.${at}`).join("")
    .replace(/^\./, "");
}
