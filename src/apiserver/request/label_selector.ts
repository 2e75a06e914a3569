/**
 * Label selectors as they are typed: `app=web,tier in (a,b),!old`; pure.
 *
 * Rule: Kubernetes, apimachinery, pkg/labels/selector.go, Parse and Requirement.Matches.
 */
import { ownValue } from "../../base/plain_data.ts";
import type { Labels } from "../../api/label_selector.ts";
import { badRequest } from "../answer/api_error.ts";

/** Whether labels are selected. */
export type LabelMatcher = (labels: Labels | undefined) => boolean;

/** A word, an operator, or the end. */
type Token = string;

const TOKEN = /\s*(!=|==|=|!|<|>|,|\(|\)|[^\s!=<>,()]+)/gy;
const WORD = /^[^!=<>,()]+$/;

/**
 * Reads a selector; an empty one selects everything.
 *
 * @throws {ApiError} `BadRequest`
 */
export function parseLabelSelector(text: string): LabelMatcher {
  if (text.trim() === "") return () => true;
  const reader = new Reader(text);
  const matchers: LabelMatcher[] = [];
  do matchers.push(readRequirement(reader)); while (reader.skip(","));
  if (reader.next() !== undefined) throw reader.error("expected ',' or the end");
  return (labels = {}) => matchers.every((it) => it(labels));
}

function readRequirement(reader: Reader): LabelMatcher {
  const isNegated = reader.skip("!");
  const key = reader.word();
  const valueOf = (labels: Labels | undefined) => ownValue(labels, key);
  const isEnd = reader.peek() === undefined || reader.peek() === ",";
  if (isEnd || isNegated) {
    return (labels) => (valueOf(labels) !== undefined) !== isNegated;
  }
  const operator = reader.next();
  switch (operator) {
    case "=":
    case "==": {
      const value = reader.value();
      return (labels) => valueOf(labels) === value;
    }
    case "!=": {
      const value = reader.value();
      return (labels) => valueOf(labels) !== value;
    }
    case "in":
    case "notin": {
      const values = reader.values();
      const isIn = operator === "in";
      return (labels) => {
        const value = valueOf(labels);
        return (value !== undefined && values.includes(value)) === isIn;
      };
    }
    case "<":
    case ">": {
      const limit = reader.integer(key);
      return (labels) => {
        const value = valueOf(labels);
        if (value === undefined || !INTEGER.test(value)) return false;
        return operator === ">" ? BigInt(value) > limit : BigInt(value) < limit;
      };
    }
    default:
      throw reader.error(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
  }
}

const INTEGER = /^[+-]?\d{1,19}$/;

/** The tokens of a selector, one after the other. */
class Reader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = [...text.matchAll(TOKEN)].map((it) => it[1]!);
  }

  peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  next(): Token | undefined {
    return this.#tokens[this.#at++];
  }

  /** Whether this token comes next, which is then behind us. */
  skip(token: Token): boolean {
    if (this.peek() !== token) return false;
    this.#at++;
    return true;
  }

  word(): string {
    const token = this.next();
    if (token === undefined || !WORD.test(token)) {
      throw this.error(`found '${token ?? ""}', expected: identifier`);
    }
    return token;
  }

  /** A value may be empty: nothing stands for it. */
  value(): string {
    const token = this.peek();
    if (token === undefined || !WORD.test(token)) return "";
    this.#at++;
    return token;
  }

  values(): readonly string[] {
    if (!this.skip("(")) throw this.error(`found '${this.peek() ?? ""}', expected: '('`);
    const values: string[] = [];
    do values.push(this.value()); while (this.skip(","));
    if (!this.skip(")")) {
      throw this.error(`found '${this.peek() ?? ""}', expected: ',', ')' or value`);
    }
    return values;
  }

  integer(key: string): bigint {
    const word = this.value();
    if (!INTEGER.test(word)) {
      throw this.error(`values of '${key}' for < and > must be an integer, found '${word}'`);
    }
    return BigInt(word);
  }

  error(why: string) {
    return badRequest(`unable to parse requirement: ${JSON.stringify(this.#text)}: ${why}`);
  }
}
