/** Documents that are written from the program's own tables, for `tests/documents_test.ts`. */
import {
  CONTAINER_FIELDS,
  DELETION_FIELDS,
  EXPECTATION_FIELDS,
  type Format,
  RUN_FIELDS,
  SANDBOX_FIELDS,
  SCENARIO_FIELDS,
  SCENARIO_SCRIPT_FIELDS,
} from "../../src/scenario/format.ts";
import { scenarioSchema } from "../../src/scenario/schema.ts";

/** A document below `docs/`. */
export interface GeneratedDocument {
  readonly file: string;
  /** What it is when it is written now, from what it was: a text may stay between tables. */
  readonly write: (text: string) => string;
}

/** All of them. */
export const documents: readonly GeneratedDocument[] = [
  {
    file: "scenario.schema.json",
    write: () => `${JSON.stringify(scenarioSchema, undefined, 2)}\n`,
  },
  {
    file: "scenario.md",
    write: (text) =>
      replaceTables(text, {
        scenario: formatTable(SCENARIO_FIELDS),
        expectations: formatTable(EXPECTATION_FIELDS),
        script: formatTable(SCENARIO_SCRIPT_FIELDS),
        container: formatTable(CONTAINER_FIELDS),
        run: formatTable(RUN_FIELDS),
        sandbox: formatTable(SANDBOX_FIELDS),
        deletion: formatTable(DELETION_FIELDS),
      }),
  },
];

function formatTable(format: Format): string {
  const rows = Object.entries(format).map(([name, { says }]) =>
    `| \`${name}\` | ${says.replaceAll("|", "\\|")} |\n`
  );
  return `| field | says |\n| --- | --- |\n${rows.join("")}`;
}

/** A text with the tables after `<!-- table: NAME -->` written again, up to the next blank line. */
function replaceTables(text: string, tables: Readonly<Record<string, string>>): string {
  const names = new Set<string>();
  const written = text.replace(
    /(<!-- table: (\w+) -->\n)(?:\|.*\n)*/g,
    (_, head: string, name: string) => {
      names.add(name);
      const table = tables[name];
      if (table === undefined) throw new Error(`There is no table "${name}"`);
      return head + table;
    },
  );
  const missing = Object.keys(tables).filter((name) => !names.has(name));
  if (missing.length > 0) throw new Error(`The document lacks the tables ${missing.join(", ")}`);
  return written;
}
