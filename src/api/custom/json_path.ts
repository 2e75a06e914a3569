/**
 * JSON paths as printer columns and selectable fields have them: `.spec.replicas`,
 * `.status.conditions[?(@.type=="Ready")].status`; pure.
 *
 * Rule: Kubernetes, client-go, util/jsonpath/parser.go and jsonpath.go; missing keys are allowed.
 */
import { isObject, ownValue } from "../../base/plain_data.ts";

/** One step into data: what it leads to from a value. */
export type Step = (value: unknown) => readonly unknown[];

const KEPT = 1000;
const parsed = new Map<string, readonly Step[] | undefined>();

/** What a path leads to; empty where there is nothing, or the path is not one. */
export function readJsonPath(value: unknown, path: string): readonly unknown[] {
  return parseJsonPath(path)?.reduce<readonly unknown[]>(
    (found, step) => found.flatMap((it) => step(it)),
    [value],
  ) ?? [];
}

/** Reads a path; undefined where it is not one. */
export function parseJsonPath(path: string): readonly Step[] | undefined {
  if (parsed.has(path)) return parsed.get(path);
  const steps = parse(path);
  if (parsed.size >= KEPT) parsed.clear();
  parsed.set(path, steps);
  return steps;
}

/** The parts of a path, each from where the last one ended. */
const PARTS: readonly (readonly [RegExp, (match: RegExpExecArray) => Step | undefined])[] = [
  [/\.\.((?:\\.|[^.[\]\\{}\s])+)/y, ([, name]) => descend(unescapeName(name!))],
  [/\.\*|\[\*\]/y, () => childrenOf],
  [/\.((?:\\.|[^.[\]\\{}\s*])+)/y, ([, name]) => field(unescapeName(name!))],
  [/\[(-?\d+)\]/y, ([, index]) => item(Number(index))],
  [/\[(-?\d*):(-?\d*)(?::(\d+))?\]/y, ([, from, to, step]) => slice(from!, to!, step)],
  [/\[\s*('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")\s*\]/y, ([, name]) => field(unquote(name!))],
  [/\[\?\(((?:[^)"']|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')*)\)\]/y, ([, text]) => filter(text!)],
];

function parse(path: string): readonly Step[] | undefined {
  const text = path.startsWith("$") || path.startsWith("@") ? path.slice(1) : path;
  const steps: Step[] = [];
  if (text === "" || text === ".") return steps;
  for (let at = 0; at < text.length;) {
    const found = PARTS.map(([pattern, make]) => {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      return match === null ? undefined : { match, make };
    }).find((it) => it !== undefined);
    const step = found?.make(found.match);
    if (found === undefined || step === undefined) return undefined;
    steps.push(step);
    at += found.match[0].length;
  }
  return steps;
}

function field(name: string): Step {
  return (value) => {
    const found = isObject(value) ? ownValue(value, name) : undefined;
    return found === undefined ? [] : [found];
  };
}

function item(index: number): Step {
  return (value) => {
    const found = Array.isArray(value) ? value.at(index) : undefined;
    return found === undefined ? [] : [found];
  };
}

function slice(from: string, to: string, step: string | undefined): Step {
  const every = Math.max(1, Number(step ?? 1));
  return (value) =>
    Array.isArray(value)
      ? value.slice(from === "" ? 0 : Number(from), to === "" ? undefined : Number(to))
        .filter((_, i) => i % every === 0)
      : [];
}

function childrenOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

function descend(name: string): Step {
  const step = field(name);
  const visit = (value: unknown): readonly unknown[] => [
    ...step(value),
    ...childrenOf(value).flatMap(visit),
  ];
  return visit;
}

const COMPARISON = /^\s*(\S.*?)\s*(==|!=|<=|>=|<|>)\s*(.*?)\s*$/s;

/** `@.type=="Ready"`, or a path that has to lead somewhere. */
function filter(text: string): Step | undefined {
  const [, left, operator, right] = COMPARISON.exec(text) ?? [];
  if (left === undefined) {
    const path = parse(text.trim());
    return path && ((value) => childrenOf(value).filter((it) => follow(it, path).length > 0));
  }
  const a = operand(left);
  const b = operand(right!);
  if (a === undefined || b === undefined) return undefined;
  return (value) =>
    childrenOf(value).filter((it) => {
      const [first] = a(it);
      const [second] = b(it);
      return first !== undefined && second !== undefined && compare(first, operator!, second);
    });
}

function operand(text: string): Step | undefined {
  if (text.startsWith("@") || text.startsWith("$") || text.startsWith(".")) {
    const path = parse(text);
    return path && ((value) => follow(value, path));
  }
  if (/^(['"]).*\1$/s.test(text)) return () => [unquote(text)];
  if (text === "true" || text === "false") return () => [text === "true"];
  return text !== "" && Number.isFinite(Number(text)) ? () => [Number(text)] : undefined;
}

function follow(value: unknown, path: readonly Step[]): readonly unknown[] {
  return path.reduce<readonly unknown[]>((all, step) => all.flatMap((it) => step(it)), [value]);
}

function compare(a: unknown, operator: string, b: unknown): boolean {
  switch (operator) {
    case "==":
      return a === b;
    case "!=":
      return a !== b;
  }
  const isAlike = typeof a === typeof b && (typeof a === "number" || typeof a === "string");
  if (!isAlike) return false;
  const [x, y] = [a, b] as [number, number]; // Texts are compared alike.
  switch (operator) {
    case "<":
      return x < y;
    case "<=":
      return x <= y;
    case ">":
      return x > y;
    default:
      return x >= y;
  }
}

function unescapeName(text: string): string {
  return text.replace(/\\(.)/g, "$1");
}

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, "$1");
}
