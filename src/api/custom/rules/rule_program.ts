/**
 * Reads rules in CEL, and evaluates them. Only definitions, and the objects of those that have
 * rules, load this.
 *
 * Rule: Kubernetes, apiextensions-apiserver, pkg/apiserver/schema/cel/compilation.go and
 * validation.go; cel-go, common/error.go.
 */
// @ts-types="cel-js-types"
import type { ASTNode } from "cel-js";
// @ts-types="cel-js-types"
import { Environment, Optional } from "cel-js";
import { addRuleFunctions } from "./rule_functions.ts";
import { compilePattern } from "../patterns.ts";
import { addRuleLibraries } from "./rule_libraries.ts";
import { ruleFieldsOf } from "./rule_values.ts";
import { type Schema, valuesOf } from "../schema.ts";

/** A rule that can be evaluated. */
export interface RuleProgram {
  /** It compares a value with what it was. */
  readonly usesOld: boolean;
  /**
   * The result.
   *
   * @throws {RuleError} there is none.
   */
  readonly run: (values: RuleValues) => unknown;
  /** How many steps it takes at most where lists are of a length. */
  readonly stepsFor: (length: number, textLength: number) => number;
}

/** What a rule reads. */
export interface RuleValues {
  readonly self: unknown;
  /** Undefined where there was nothing. */
  readonly oldSelf: unknown;
}

/** Why a rule cannot be evaluated. */
export interface RuleProblem {
  /** For the sender of its definition. */
  readonly detail: string;
  /** Kubernetes refuses it too; else it may only be beyond what is evaluated here. */
  readonly isWrong: boolean;
}

/** How a rule is read. */
export interface RuleForm {
  readonly text: string;
  /** Of the values that it judges, as rules see it. */
  readonly schema: Schema;
  readonly result: "bool" | "string";
  /** What was is an optional, which may be empty. */
  readonly isOptional: boolean;
}

/** An evaluation that came to no result, with the word that Kubernetes has for it. */
export class RuleError extends Error {
  override readonly name = "RuleError";
}

/** Those that go through a list or a map, whose keys they name. */
const LOOPS = ["all", "exists", "exists_one", "map", "filter"];
/** What functions that are not known here begin with. */
const LIBRARIES = ["math", "lists", "strings", "base64"];
const SPLITTERS = ["split", "findAll"];

/** What walks through an expression has a stack to lose; cel-go's parser stops at 250. */
const MOST_DEPTH = 1000;

const OPTIONS = { enableOptionalTypes: true, homogeneousAggregateLiterals: false };
const plain = createEnvironment("dyn");
const optional = createEnvironment("optional<dyn>");

function createEnvironment(old: string): Environment {
  const environment = new Environment(OPTIONS)
    .registerVariable("self", "dyn")
    .registerVariable("oldSelf", old);
  addRuleFunctions(environment);
  addRuleLibraries(environment);
  return environment;
}

/** Reads a rule. */
export function readRule(form: RuleForm): RuleProgram | RuleProblem {
  const { text, schema, result, isOptional } = form;
  const wrong = (detail: string): RuleProblem => ({ detail, isWrong: true });
  const failed = `${result === "bool" ? "" : "messageExpression "}compilation failed: `;
  const environment = isOptional ? optional : plain;
  let parsed: ReturnType<Environment["parse"]>;
  try {
    parsed = environment.parse(text);
  } catch (error) {
    const { message, offset } = detailsOf(error);
    return wrong(failed + locate(text, offset, `Syntax error: ${message}`));
  }
  if (isTooDeep(parsed.ast)) {
    return wrong(`${failed}expression recursion limit exceeded: ${MOST_DEPTH}`);
  }
  const reader = new RuleReader(text, isOptional);
  const type = reader.read(parsed.ast, new Map([["self", schema], ["oldSelf", schema]]));
  if (reader.problem !== undefined) {
    const { offset, message } = reader.problem;
    return wrong(failed + locate(text, offset, message));
  }
  if (reader.foreignPattern !== undefined) {
    const detail = `${JSON.stringify(reader.foreignPattern)} is not a pattern of RE2`;
    return { detail, isWrong: false };
  }
  if (reader.edits.length > 0) parsed = environment.parse(reader.edited);
  const checked = parsed.check();
  if (checked.error !== undefined) {
    const { code, message, offset } = detailsOf(checked.error);
    if (code !== "unknown_variable") return { detail: message, isWrong: false };
    const [, name = ""] = /^Unknown variable: (\S+)/.exec(message) ?? [];
    // A macro or a library that Kubernetes has beside those of this one.
    if (reader.bound.has(name) || LIBRARIES.includes(name)) {
      return { detail: `${JSON.stringify(name)} is not known here`, isWrong: false };
    }
    const detail = `undeclared reference to '${name}' (in container '')`;
    return wrong(failed + locate(text, offset, detail));
  }
  const asked = result === "bool" ? "boolean" : "string";
  const isOther = checked.type === "dyn"
    ? (type?.type || asked) !== asked
    : checked.type !== result;
  if (isOther) {
    return wrong(
      result === "bool"
        ? "cel expression must evaluate to a bool"
        : "messageExpression must evaluate to a string",
    );
  }
  return {
    usesOld: reader.usesOld,
    stepsFor: (length, textLength) => reader.stepsFor(length, textLength),
    run: ({ self, oldSelf }) => {
      const old = !isOptional
        ? oldSelf
        : oldSelf === undefined
        ? Optional.none()
        : Optional.of(oldSelf);
      try {
        return parsed({ self, oldSelf: old });
      } catch (error) {
        throw new RuleError(describeFailure(error), { cause: error });
      }
    },
  };
}

type Scope = ReadonlyMap<string, Schema | undefined>;

/** Looks at what a rule names, which the library takes for anything. */
class RuleReader {
  readonly #text: string;
  readonly #isOptional: boolean;
  /** What the library has another word for. */
  readonly edits: { readonly start: number; readonly end: number; readonly by: string }[] = [];
  usesOld = false;
  /** What calls name first, which may be a variable of theirs. */
  readonly bound = new Set<string>();
  /** Of a rule that cannot be evaluated by it. */
  foreignPattern: string | undefined;
  problem: { readonly offset: number; readonly message: string } | undefined;
  #depth = 0;
  #mostDepth = 0;
  #longestLiteral = 1;
  #bindings = 0;
  #splits = false;

  constructor(text: string, isOptional: boolean) {
    this.#text = text;
    this.#isOptional = isOptional;
  }

  /** The rule in the library's words. */
  get edited(): string {
    return this.edits.toSorted((a, b) => b.start - a.start).reduce(
      (text, { start, end, by }) => text.slice(0, start) + by + text.slice(end),
      this.#text,
    );
  }

  stepsFor(length: number, textLength: number): number {
    const longest = Math.max(length, this.#longestLiteral, this.#splits ? textLength : 0);
    // What is bound may be twice as long each time.
    return longest ** this.#mostDepth * 4 ** this.#bindings;
  }

  /** @returns the schema of the value; undefined where it may be anything. */
  read(node: ASTNode, scope: Scope): Schema | undefined {
    switch (node.op) {
      case "id": {
        if (node.args !== "oldSelf") return scope.get(node.args);
        this.usesOld = true;
        return this.#isOptional ? undefined : scope.get(node.args);
      }
      case ".": {
        const [of, name] = node.args;
        return this.#select(this.read(of, scope), name, node);
      }
      case "[]": {
        const [of, key] = node.args;
        this.read(key, scope);
        const schema = this.read(of, scope);
        return schema?.items ?? valuesOf(schema);
      }
      case "rcall": {
        const [name, of, given] = node.args;
        return this.#call(name, this.read(of, scope), given, scope);
      }
      default:
        if (node.op === "call" && node.args[0] === "has") this.#editHas(node, node.args[1][0]!);
        for (const it of childrenOf(node.args)) this.read(it, scope);
        if (node.op === "list" || node.op === "map") {
          this.#longestLiteral = Math.max(this.#longestLiteral, node.args.length);
        }
        return undefined;
    }
  }

  #select(schema: Schema | undefined, name: string, node: ASTNode): Schema | undefined {
    if (schema?.type !== "object") return undefined;
    const values = valuesOf(schema);
    if (values !== undefined) return values;
    const fields = ruleFieldsOf(schema);
    if (!fields.has(name)) {
      this.problem ??= { offset: this.#pointBefore(node), message: `undefined field '${name}'` };
    }
    return fields.get(name);
  }

  /** The library would match by other rules than Go's. */
  #editMatch(pattern: string, position: number): void {
    if (compilePattern(pattern) instanceof Error) this.foreignPattern = pattern;
    const end = this.#text.lastIndexOf("matches", position) + "matches".length;
    this.edits.push({ start: end, end, by: "Pattern" });
  }

  /** Where the point before the name of a field is. */
  #pointBefore(node: ASTNode): number {
    return this.#text.lastIndexOf(".", node.pos);
  }

  /** The library looks for names alone there: `has(self.list[0].name)` is beyond it. */
  #editHas(node: ASTNode, of: ASTNode): void {
    if (of.op !== "." || isChain(of)) return;
    const { start, end } = node.range;
    const dot = this.#pointBefore(of);
    this.edits.push(
      { start, end: this.#text.indexOf("(", start), by: "" },
      { start: dot, end: dot + 1, by: ").?" },
      { start: end - 1, end, by: ".hasValue()" },
    );
  }

  #call(
    name: string,
    of: Schema | undefined,
    given: readonly ASTNode[],
    scope: Scope,
  ): Schema | undefined {
    if (SPLITTERS.includes(name)) this.#splits = true;
    const [first, ...rest] = given;
    if (name === "matches" && first?.op === "value" && typeof first.args === "string") {
      this.#editMatch(first.args, first.pos);
    }
    for (const it of given) if (it.op === "id") this.bound.add(it.args);
    if (name === "bind" && first?.op === "id" && rest.length === 2) {
      this.#bindings++;
      const value = this.read(rest[0]!, scope);
      return this.read(rest[1]!, new Map([...scope, [first.args, value]]));
    }
    if (!LOOPS.includes(name) || first?.op !== "id") {
      for (const it of given) this.read(it, scope);
      return undefined;
    }
    const item = of?.items ?? (valuesOf(of) === undefined ? undefined : { type: "string" });
    this.#depth++;
    this.#mostDepth = Math.max(this.#mostDepth, this.#depth);
    for (const it of rest) this.read(it, new Map([...scope, [first.args, item]]));
    this.#depth--;
    return name === "filter" ? of : undefined;
  }
}

function isTooDeep(root: ASTNode): boolean {
  let level = [root];
  for (let depth = 0; depth <= MOST_DEPTH; depth++) {
    if (level.length === 0) return false;
    level = level.flatMap(({ args }) => childrenOf(args));
  }
  return true;
}

/** Whether a value is named by names alone: `self.a.b`. */
function isChain(node: ASTNode): boolean {
  return node.op === "id" || (node.op === "." || node.op === ".?") && isChain(node.args[0]);
}

function childrenOf(value: unknown): ASTNode[] {
  if (Array.isArray(value)) return value.flatMap(childrenOf);
  return typeof value === "object" && value !== null && "op" in value ? [value as ASTNode] : [];
}

/** What the library says of what it cannot do. */
function detailsOf(error: unknown): { code: string; message: string; offset: number } {
  const { code = "", message, range } = error as Error & {
    readonly code?: string;
    readonly range?: { readonly start: number };
  };
  return { code, message: message.split("\n", 1)[0]!, offset: range?.start ?? 0 };
}

function describeFailure(error: unknown): string {
  const { code, message } = detailsOf(error);
  if (code === "no_such_overload" || code === "no_matching_overload") return "no such overload";
  if (code === "numeric_overflow") return "integer overflow";
  const [, index] = /index out of bounds, index (-?\d+)/.exec(message) ?? [];
  if (index !== undefined) return `index out of bounds: ${index}`;
  return message.replace(/^No such key/, "no such key");
}

function locate(text: string, offset: number, message: string): string {
  const before = text.slice(0, offset).split("\n");
  const column = before.at(-1)!.length;
  const line = text.split("\n")[before.length - 1] ?? "";
  return `ERROR: <input>:${before.length}:${column + 1}: ${message}\n | ${line}\n | ` +
    `${".".repeat(column)}^`;
}
