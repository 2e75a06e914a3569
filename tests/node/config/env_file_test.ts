import { strictEqual as equal, throws } from "node:assert/strict";
import { ConfigError } from "../../../src/node/config/config_error.ts";
import { findEnvFileValue } from "../../../src/node/config/env_file.ts";

const values: readonly [name: string, text: string, key: string, value: string][] = [
  ["one line", "A='1'\n", "A", "1"],
  ["no line break at the end", "A='1'", "A", "1"],
  ["no file content", "", "A", ""],
  ["no such key", "A='1'\n", "B", ""],
  ["the first line wins", "A='1'\nA='2'\n", "A", "1"],
  ["what follows the key is not looked at", "A='1'\n;;\n", "A", "1"],
  ["comments and blank lines", "\n \t\n# A='0'\n\t# B\nA='1'\n", "A", "1"],
  ["blanks before the name", " \tA='1'\n", "A", "1"],
  ["blanks and a comment after the quote", "B='2' \t# two\nA='1'#one\n", "A", "1"],
  ["carriage returns", "B='2'\r\nA='1'\r\n", "A", "1"],
  ["no escapes, no expansion", `A='\\n "$B" $(B) # x'`, "A", `\\n "$B" $(B) # x`],
  ["equals signs in the value", "A='b=c'\n", "A", "b=c"],
  ["several lines", "A='1\n\n # 2\r\n3' # end\nB='4'\n", "A", "1\n\n # 2\n3"],
  ["a key after several lines", "A='1\nB=2\n3'\nB='4'\n", "B", "4"],
  ["an empty value", "A=''\n", "A", ""],
  ["a blank after the equals sign is an empty value", "A= '1'\nA='2'\n", "A", ""],
  ["so it is for other names", "B= whatever 'it\nA='1'\n", "A", "1"],
  ["a name is anything", "export A='1'\n", "export A", "1"],
  ["export is not a keyword", "export A='1'\n", "A", ""],
  ["letter case counts", "a='1'\n", "A", ""],
  ["the longest line", `A='${"x".repeat(65535 - 4)}'\n`, "A", "x".repeat(65535 - 4)],
];
for (const [name, text, key, value] of values) {
  Deno.test(`R-ENV-10: findEnvFileValue() reads: ${name}`, () => {
    equal(findEnvFileValue(text, key), value);
  });
}

const errors: readonly [text: string, cause: string][] = [
  ["B='2'\nA\n", "at line 2: missing '='"],
  ["='1'\n", "at line 1: empty variable name"],
  ["  ='1'\n", "at line 1: empty variable name"],
  ["B ='1'\n", "at line 1: whitespace before '=' is not allowed"],
  ["B\t= \n", "at line 1: whitespace before '=' is not allowed"],
  ["\nB=\n", "at line 2: value must be enclosed in single quotes"],
  ["A=1\n", "at line 1: value must be enclosed in single quotes"],
  ['A="1"\n', "at line 1: value must be enclosed in single quotes"],
  ["A='1' 2\n", "at line 1: unexpected content after closing quote"],
  ["A='it''s'\n", "at line 1: unexpected content after closing quote"],
  ["#\nA='1\n2'3\n", "at line 3: unexpected content after closing quote"],
  ["#\nB='1\n2\n", "starting at line 2: unclosed single quote"],
  ["A='", "starting at line 1: unclosed single quote"],
  [`#\n#${"x".repeat(65535)}\n`, "at line 2: line too long"],
  [`B='\n${"ä".repeat(32768)}\n`, "at line 2: line too long"],
];
for (const [text, cause] of errors) {
  const name = JSON.stringify(text.slice(0, 40));
  Deno.test(`R-ENV-10: findEnvFileValue() refuses ${name}: ${cause}`, () => {
    throws(() => findEnvFileValue(text, "A"), (error) => {
      if (!(error instanceof ConfigError)) return false;
      equal(error.message, "couldn't parse env file");
      equal(error.cause, `invalid environment variable format ${cause}`);
      return true;
    });
  });
}
