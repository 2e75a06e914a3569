/** What an option is, and options that commands share; data. */
import { UsageError } from "../../base/usage_error.ts";
import { parseChoice } from "./values.ts";

/** The help text of an option. */
export interface Described {
  /** One letter, for `-o`. */
  readonly short?: string;
  /** What it does, in a few words without a full stop. */
  readonly description: string;
}

/** An option that is there or not. */
export interface Flag extends Described {
  /** Discriminates the kinds of options. */
  readonly kind: "flag";
}

/** An option with a value. */
export interface ValueOption<T> extends Described {
  /** Discriminates the kinds of options. */
  readonly kind: "value";
  /** What stands for the value in the help: `FILE`, or the words that it may be, `text|ndjson`. */
  readonly placeholder: string;
  /** The default as the help shows it. */
  readonly default?: string;
  /**
   * Reads what was typed.
   * @throws {UsageError}
   */
  parse(text: string): T;
}

/** An option that may be given several times. */
export interface ListOption<T> extends Omit<ValueOption<T>, "kind" | "default"> {
  /** Discriminates the kinds of options. */
  readonly kind: "list";
}

/** Options by their long names, in the order of the help. */
export type OptionTable = Readonly<
  Record<string, Flag | ValueOption<unknown> | ListOption<unknown>>
>;

/**
 * What was typed, typed: a flag is a boolean, a list an array, and a value undefined unless given
 * or defaulted.
 */
export type OptionValues<Options extends OptionTable> = {
  readonly [Name in keyof Options]: Options[Name] extends Flag ? boolean
    : Options[Name] extends ListOption<infer T> ? readonly T[]
    : Options[Name] extends ValueOption<infer T>
      ? Options[Name] extends { readonly default: string } ? T : T | undefined
    : never;
};

/** A path as it was typed. */
export const path = (text: string): string => text;

/** A file to write; `-` is refused, since it means a standard stream elsewhere. */
export const file = (text: string): string => {
  if (text === "-") {
    throw new UsageError("expects a file; to write events to standard output use -o ndjson");
  }
  return text;
};

/** Options of every command; `explain` has no others. */
export const helpOptions = {
  help: { kind: "flag", short: "h", description: "shows this" },
} as const satisfies OptionTable;

/** Options of commands that look at this machine. */
export const machineOptions = {
  isolation: {
    kind: "value",
    placeholder: "auto|sandbox|process",
    default: "auto",
    description: "how far containers are separated from the host; auto takes the best there is",
    parse: parseChoice(["auto", "sandbox", "process"]),
  },
} as const satisfies OptionTable;
