/**
 * Completion of the command line for bash, zsh and fish, from the tables of the command line; pure.
 */
import { type Command, commands, programOptions } from "../src/cli/arguments/options.ts";
import type { OptionTable } from "../src/cli/arguments/option_table.ts";
import { course } from "../src/lab/course.ts";

/** Shells that completion exists for. */
export type Shell = "bash" | "zsh" | "fish";

/** What may stand after an option. */
type Values =
  | { readonly type: "words"; readonly words: readonly string[] }
  | { readonly type: "files" }
  | { readonly type: "folders" }
  /** Nothing that could be listed: a duration, a container's name. */
  | { readonly type: "text" };

type Option = OptionTable[string];

/** Commands and their options, with no type for each. */
const table: Readonly<Record<string, Command>> = commands;

/**
 * The completion file of a shell.
 *
 * @param marker a comment for its head.
 */
export function formatCompletion(shell: Shell, marker: string): string {
  switch (shell) {
    case "bash":
      return formatBash(marker);
    case "zsh":
      return formatZsh(marker);
    case "fish":
      return formatFish(marker);
  }
}

/** What may stand after a command; of the others files. */
const operandWords: Readonly<Record<string, readonly string[]>> = {
  lab: course.map(({ name }) => name),
};

/** What the placeholder of an option stands for: `text|ndjson` are the words themselves. */
function valuesOf(option: Exclude<Option, { kind: "flag" }>): Values {
  const { placeholder } = option;
  if (placeholder.includes("|")) return { type: "words", words: placeholder.split("|") };
  if (placeholder === "FILE" || placeholder === "MANIFEST") return { type: "files" };
  if (placeholder === "DIR") return { type: "folders" };
  return { type: "text" };
}

/** `-o` and `--output`. */
function spellings(name: string, option: Option): readonly string[] {
  return [...option.short === undefined ? [] : [`-${option.short}`], `--${name}`];
}

function allSpellings(options: OptionTable): readonly string[] {
  return Object.entries(options).flatMap(([name, option]) => spellings(name, option));
}

function formatBash(marker: string): string {
  const rows = Object.entries(table).flatMap(([command, { options }]) =>
    Object.entries(options).flatMap(([name, option]) => {
      if (option.kind === "flag") return [];
      const pattern = spellings(name, option).map((it) => `${command}:${it}`).join(" | ");
      return [`    ${pattern}) ${formatBashValues(valuesOf(option))} ;;`];
    })
  );
  const optionRows = Object.entries(table).map(([command, { options }]) =>
    `    ${command}) words=${quoteShell(allSpellings(options).join(" "))} ;;`
  );
  const operandRows = Object.entries(operandWords).map(([command, words]) =>
    `        ${command}) words=${quoteShell(words.join(" "))} ;;`
  );
  const first = [...Object.keys(table), ...allSpellings(programOptions)].join(" ");
  return `# ${marker}
_podling() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=$((COMP_CWORD - 1)) words
  # bash takes "--output=text" for three words.
  [ "$word" != = ] || word=
  [ "\${COMP_WORDS[before]}" != = ] || before=$((before - 1))
  COMPREPLY=()
  if [ "$COMP_CWORD" = 1 ]; then
    words=${quoteShell(first)}
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    return
  fi
  case \${COMP_WORDS[1]}:\${COMP_WORDS[before]} in
${rows.join("\n")}
    *)
      case $word in
      -*)
        case \${COMP_WORDS[1]} in
${optionRows.map((it) => `    ${it}`).join("\n")}
        esac
        ;;
      *)
        case \${COMP_WORDS[1]} in
${operandRows.join("\n")}
        *) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        esac
        ;;
      esac
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o filenames -F _podling podling
`;
}

function formatBashValues(values: Values): string {
  switch (values.type) {
    case "words":
      return `words=${quoteShell(values.words.join(" "))}`;
    case "files":
      return 'mapfile -t COMPREPLY < <(compgen -f -- "$word"); return';
    case "folders":
      return 'mapfile -t COMPREPLY < <(compgen -d -- "$word"); return';
    case "text":
      return "return";
  }
}

function formatZsh(marker: string): string {
  const names = Object.entries(table).map(([name, { summary }]) =>
    `    ${quoteShell(`${name}:${summary}`)}`
  );
  const cases = Object.entries(table).map(([name, { options, operands }]) => {
    const specs = Object.entries(options).flatMap(([long, option]) => formatZshSpecs(long, option));
    const words = operandWords[name];
    const rest = operands === ""
      ? []
      : [words === undefined ? `'*:${operands}:_files'` : `'1:${operands}:(${words.join(" ")})'`];
    return `    ${name})\n      _arguments -s -S \\\n        ${
      [...specs, ...rest].join(" \\\n        ")
    }\n      ;;`;
  });
  const first = Object.entries(programOptions).flatMap(([long, option]) =>
    formatZshSpecs(long, option)
  );
  return `#compdef podling
# ${marker}
_podling() {
  local context state state_descr line
  typeset -A opt_args
  local -a commands=(
${names.join("\n")}
  )
  _arguments -C ${first.join(" ")} '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $words[1] in
${cases.join("\n").replaceAll(/^/gm, "    ")}
      esac
      ;;
  esac
}
if [ "$funcstack[1]" = _podling ]; then
  _podling "$@"
else
  compdef _podling podling
fi
`;
}

/** Each spelling of an option; of one that counts once, only as long as no other one stands. */
function formatZshSpecs(name: string, option: Option): readonly string[] {
  const all = spellings(name, option);
  const excluded = option.kind === "list" ? "*" : `(${all.join(" ")})`;
  const description = option.description.replaceAll(/[\[\]\\]/g, "\\$&");
  return all.map((it) => {
    const sign = option.kind === "flag" ? "" : it.startsWith("--") ? "=" : "+";
    const value = option.kind === "flag"
      ? ""
      : `:${option.placeholder.replaceAll(":", "\\:")}:${formatZshValues(valuesOf(option))}`;
    return quoteShell(`${excluded}${it}${sign}[${description}]${value}`);
  });
}

function formatZshValues(values: Values): string {
  switch (values.type) {
    case "words":
      return `(${values.words.join(" ")})`;
    case "files":
      return "_files";
    case "folders":
      return "_files -/";
    case "text":
      return "";
  }
}

function formatFish(marker: string): string {
  const command = "complete -c podling";
  const names = Object.entries(table).map(([name, { summary }]) =>
    `${command} -f -n __fish_use_subcommand -a ${name} -d ${quoteFish(summary)}`
  );
  const program = Object.entries(programOptions).map(([name, option]) =>
    `${command} -n __fish_use_subcommand ${formatFishOption(name, option)}`
  );
  const options = Object.entries(table).flatMap(([name, { options, operands }]) => [
    ...operands === "" ? [`${command} -f -n '__fish_seen_subcommand_from ${name}'`] : [],
    ...operandWords[name] === undefined ? [] : [
      `${command} -f -n '__fish_seen_subcommand_from ${name}' ` +
      `-a ${quoteFish(operandWords[name].join(" "))}`,
    ],
    ...Object.entries(options).map(([long, option]) =>
      `${command} -n '__fish_seen_subcommand_from ${name}' ${formatFishOption(long, option)}`
    ),
  ]);
  return [`# ${marker}`, ...names, ...program, ...options, ""].join("\n");
}

function formatFishOption(name: string, option: Option): string {
  const short = option.short === undefined ? "" : ` -s ${option.short}`;
  const value = option.kind === "flag" ? "" : formatFishValues(valuesOf(option));
  return `-l ${name}${short}${value} -d ${quoteFish(option.description)}`;
}

function formatFishValues(values: Values): string {
  switch (values.type) {
    case "words":
      return ` -x -a ${quoteFish(values.words.join(" "))}`;
    case "files":
      return " -r -F";
    case "folders":
      return " -x -a '(__fish_complete_directories)'";
    case "text":
      return " -x";
  }
}

/** One word of a POSIX shell. */
export function quoteShell(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function quoteFish(word: string): string {
  return `'${word.replaceAll(/['\\]/g, "\\$&")}'`;
}
