/**
 * From words on a command line to a command with its values, by the tables of `options.ts`; pure.
 */
// @ts-types="type-flag-types"
import { typeFlag } from "type-flag";
import { findNearest } from "../../base/nearest.ts";
import { type CommandName, commands, programOptions } from "./options.ts";
import type { OptionTable, OptionValues } from "./option_table.ts";
import { UsageError } from "../../base/usage_error.ts";

/** The command to carry out, with its options. */
export type Invocation =
  | { readonly type: "version" }
  /** Of one command, or of the program. */
  | { readonly type: "help"; readonly command?: CommandName }
  /** The words after the command are its own to parse, see {@link parseOptions}. */
  | { readonly type: "command"; readonly command: CommandName; readonly words: readonly string[] };

/**
 * Finds the command. It is the first word that is not an option; a `--` before it, which
 * `deno task cli -- …` passes on, does not count. `--help` and `--version` mean the same wherever
 * they stand, and `help` is `--help`.
 *
 * @throws {UsageError}
 */
export function parseInvocation(args: readonly string[]): Invocation {
  const words = args[0] === "--" ? args.slice(1) : args;
  const [name] = words;
  if (name === undefined) throw new UsageError(`No command given; one of ${commandNames()}`);
  if (name.startsWith("-")) {
    const { values, operands } = parseOptions(programOptions, words);
    if (values.version) return { type: "version" };
    if (values.help && operands.length === 0) return { type: "help" };
    const command = operands[0];
    if (command === undefined) throw new UsageError(`No command given; one of ${commandNames()}`);
    return { type: "help", command: parseCommandName(command) };
  }
  if (name === "help") return parseInvocation(["--help", ...words.slice(1)]);
  const command = parseCommandName(name);
  const own = beforeOperandsOnly(words.slice(1));
  if (own.includes("--help") || own.includes("-h")) return { type: "help", command };
  if (own.includes("--version")) return { type: "version" };
  return { type: "command", command, words: words.slice(1) };
}

/** What a table makes of the words. */
export interface ParsedOptions<Options extends OptionTable> {
  /** Every option of the table, given or not. */
  readonly values: OptionValues<Options>;
  /** The operands, in order. */
  readonly operands: readonly string[];
}

/**
 * Reads options and operands, mixed in any order; `--opt=value`, `--opt value`, `-o value` and
 * `-ovalue` are one, and nothing after `--` is an option. Of an option given twice the last one
 * counts.
 *
 * @throws {UsageError} unknown option, missing or wrong value.
 */
export function parseOptions<const Options extends OptionTable>(
  options: Options,
  words: readonly string[],
): ParsedOptions<Options> {
  const shorts = new Map(
    Object.entries(options).flatMap(([name, it]) =>
      it.short === undefined ? [] : [[it.short, name]]
    ),
  );
  const parsed = typeFlag(flagSchema(options), separateShortValues(options, shorts, words), {
    ignore: (type, name, value) => {
      if (type === "unknown-flag") throw unknownOption(name, options);
      if (type !== "known-flag") return false;
      const option = options[shorts.get(name) ?? name];
      if (option?.kind === "flag" && value !== undefined && !/^(true|false)$/.test(value)) {
        throw new UsageError(
          `--${shorts.get(name) ?? name} takes no value, and was given "${value}"`,
        );
      }
      return false;
    },
  });
  return {
    values: parsed.flags as unknown as OptionValues<Options>,
    operands: [...parsed._],
  };
}

/** The table in the parser's own terms. */
function flagSchema(options: OptionTable) {
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => {
      const alias = option.short === undefined ? {} : { alias: option.short };
      if (option.kind === "flag") return [name, { type: Boolean, default: false, ...alias }];
      const parse = (text: string) => parseValue(name, option, text);
      if (option.kind === "list") return [name, { type: [parse] as const, ...alias }];
      const standard = option.default;
      const fallback = standard === undefined ? {} : { default: () => option.parse(standard) };
      return [name, { type: parse, ...fallback, ...alias }];
    }),
  );
}

interface Valued {
  readonly placeholder: string;
  parse(text: string): unknown;
}

function parseValue(name: string, option: Valued, text: string): unknown {
  if (text === "") throw new UsageError(`--${name} needs a value: --${name} ${option.placeholder}`);
  try {
    return option.parse(text);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`--${name}: ${error.message}`);
    throw error;
  }
}

/**
 * `-ojson` becomes `-o json`, as elsewhere. The parser would take `:` and `.` for `=` too, so that
 * `--image:x` and `--out.put` are refused here.
 */
function separateShortValues(
  options: OptionTable,
  shorts: ReadonlyMap<string, string>,
  words: readonly string[],
): string[] {
  const own = beforeOperandsOnly(words);
  const separated = own.flatMap((word) => {
    const odd = /^--?([^=]*?[.:][^=]*)/.exec(word);
    if (odd !== null && word !== "-") {
      const letter = shorts.get(odd[1]![0]!);
      if (word.startsWith("--") || letter === undefined) throw unknownOption(odd[1]!, options);
    }
    const short = /^-(\w)([^=][^]*)$/.exec(word);
    const name = short === null ? undefined : shorts.get(short[1]!);
    if (short === null || name === undefined || options[name]!.kind === "flag") return [word];
    return [`--${name}=${short[2]}`];
  });
  return [...separated, ...words.slice(own.length)];
}

/** The words before `--`. */
function beforeOperandsOnly(words: readonly string[]): readonly string[] {
  const end = words.indexOf("--");
  return end < 0 ? words : words.slice(0, end);
}

function parseCommandName(name: string): CommandName {
  if (Object.hasOwn(commands, name)) return name as CommandName;
  const near = findNearest(name, Object.keys(commands));
  throw new UsageError(`Unknown command "${name}" (did you mean "${near}"? --help lists them all)`);
}

function unknownOption(name: string, options: OptionTable): UsageError {
  const typed = name.length === 1 ? `-${name}` : `--${name}`;
  const near = findNearest(name, Object.keys(options));
  return new UsageError(
    `Unknown option ${typed} (did you mean --${near}? --help lists them all)`,
  );
}

function commandNames(): string {
  return Object.keys(commands).join(", ");
}
