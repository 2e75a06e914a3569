import { strictEqual as equal, throws } from "node:assert/strict";
import { describeFailure, replaceRequire } from "../../packaging/bundle.ts";

/** As the bundler writes it, but for its own names. */
const SHIM = (name: string) =>
  `var ${name}=(t=>typeof require<"u"?require:typeof Proxy<"u"?new Proxy(t,{get:(e,n)=>` +
  `(typeof require<"u"?require:e)[n]}):t)(function(t){if(typeof require<"u")return ` +
  `require.apply(this,arguments);throw Error('Dynamic require of "'+t+'" is not supported')});`;

const forms = [
  ["the bundler's own", SHIM("a7"), "a7"],
  ["one with a $", SHIM("$7"), "$7"],
  [
    "Deno's",
    'import{createRequire as __deno_internal_createRequire} from "node:module";' +
    "var $=__deno_internal_createRequire(import.meta.url);",
    "$",
  ],
] as const;
for (const [name, form, variable] of forms) {
  Deno.test(`replaceRequire(): ${name}`, () => {
    equal(
      replaceRequire(`var x=1;${form}var y=2;`),
      `var x=1;var ${variable}=t=>process.getBuiltinModule(t);var y=2;`,
    );
  });
}

Deno.test("replaceRequire() leaves a bundle without any", () => equal(replaceRequire("a"), "a"));

Deno.test("replaceRequire() refuses a form that it does not know", () => {
  throws(() => replaceRequire("createRequire(x)"), {
    name: "Error",
    message: "Cannot use the bundle: it asks for modules by createRequire(x)",
  });
});

const failures = [
  ["", "no reason given"],
  ["error: Module not found\n    at main.ts:1:1\n", "Module not found"],
  ["error: cannot write\n\nCaused by:\n    Denied\n", "cannot write: Denied"],
  [
    "error: failed to download esbuild\n\nCaused by:\n    0: Failed caching\n" +
    "    1: failed to write 'a': Full (os error 28)\n\nStack backtrace:\n   0: <unknown>\n",
    "failed to download esbuild: failed to write 'a': Full (os error 28); " +
    "the first time it downloads its bundler",
  ],
] as const;
for (const [text, reason] of failures) {
  Deno.test(`describeFailure(): ${reason}`, () => equal(describeFailure(text), reason));
}
