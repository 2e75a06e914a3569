/** Where an installation lies, and what is reported of it. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { describeMissingPaths, type Environment, planLayout } from "../../packaging/layout.ts";

const remarks: readonly (readonly [name: string, env: Environment, remarks: readonly string[]])[] =
  [
    [
      "a usual home",
      { HOME: "/home/me", PATH: "/usr/bin:/bin" },
      ['add it to PATH: export PATH=/home/me/.local/bin:"$PATH"'],
    ],
    [
      "a home that a shell would not take for one word",
      { HOME: "/home/it's $me" },
      [`add it to PATH: export PATH='/home/it'\\''s $me/.local/bin':"$PATH"`],
    ],
    ["a folder in PATH", { HOME: "/home/me", PATH: "/bin:/home/me/.local/bin" }, []],
    [
      "zsh, which does not look for completions there",
      { HOME: "/home/my self", PATH: "/home/my self/.local/bin", SHELL: "/usr/bin/zsh" },
      [
        "for zsh, before compinit: fpath=('/home/my self/.local/share/zsh/site-functions' $fpath)",
      ],
    ],
  ];
for (const [name, env, expected] of remarks) {
  Deno.test(`describeMissingPaths(): ${name}`, () => {
    deepEqual(describeMissingPaths(planLayout(env)!, env), expected);
  });
}

const folders: readonly (readonly [env: Environment, folder: string | undefined])[] = [
  [{ HOME: "/h" }, "/h/.local/share/podling"],
  [{ HOME: "/h", XDG_DATA_HOME: "" }, "/h/.local/share/podling"],
  [{ HOME: "/h", XDG_DATA_HOME: "data" }, "/h/.local/share/podling"],
  [{ HOME: "/h", XDG_DATA_HOME: "/data//" }, "/data/podling"],
  [{ HOME: "/h", XDG_DATA_HOME: "/" }, "/podling"],
  [{ HOME: "h" }, undefined],
  [{ XDG_DATA_HOME: "/data" }, undefined],
];
for (const [env, folder] of folders) {
  Deno.test(`planLayout(): ${JSON.stringify(env)}`, () => {
    deepEqual(planLayout(env)?.folder, folder);
  });
}
