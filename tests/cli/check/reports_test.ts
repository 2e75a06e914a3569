/** What is printed of checked files, in each form, and what `--update` writes. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { FileResult } from "../../../src/cli/check/failure.ts";
import { junitReport, tapReport } from "../../../src/cli/check/machine_reports.ts";
import type { ReportForm } from "../../../src/cli/check/report.ts";
import { githubReport, textReport } from "../../../src/cli/check/text_report.ts";
import { updateScenario } from "../../../src/cli/check/update.ts";

const BASE = { failures: [], errors: [], notes: [], changes: [], durationMs: 1500 };
const TIMELINE = [[{ text: "web  " }, { text: "━━", state: "running" }]] as const;

const RESULTS: readonly FileResult[] = [
  { ...BASE, file: "a.yaml", about: "it holds", outcome: "passed" },
  {
    ...BASE,
    file: "b,1.yaml",
    about: "it # fails",
    outcome: "failed",
    failures: [
      {
        field: "exits.web",
        expected: "[0]",
        seen: "<1> & \u001b[31m",
        line: 3,
        column: 9,
        timeline: TIMELINE,
      },
      {
        field: "phase",
        expected: "Failed",
        seen: "Running",
        line: 4,
        column: 1,
        timeline: TIMELINE,
      },
    ],
  },
  {
    ...BASE,
    file: "c.yaml",
    about: "",
    outcome: "refused",
    errors: [{ text: "c.yaml:2:5: phase: 100% wrong", line: 2, column: 5 }],
  },
  { ...BASE, file: "d.yaml", about: "not here", outcome: "skipped", notes: ["it takes too long"] },
];

function print(form: ReportForm): string {
  return form.begin(RESULTS.length) + RESULTS.map(form.file).join("") + form.end(RESULTS, 2000);
}

const forms: readonly [name: string, form: ReportForm, expected: string][] = [
  [
    "text",
    textReport(false),
    `ok      a.yaml: it holds
FAILED  b,1.yaml: it # fails
  b,1.yaml:3:9: exits.web
    expected  [0]
    seen      <1> & \\u001b[31m

    web  ━━

  b,1.yaml:4:1: phase
    expected  Failed
    seen      Running
refused c.yaml
  c.yaml:2:5: phase: 100% wrong
skipped d.yaml: not here
        it takes too long
4 files: 1 passed, 1 failed, 1 refused, 1 skipped (2.0 s)
`,
  ],
  [
    "tap",
    tapReport,
    `TAP version 14
1..4
ok 1 - a.yaml: it holds
  ---
  duration_ms: 1500.000
  ...
not ok 2 - b,1.yaml: it \\# fails
  ---
  duration_ms: 1500.000
  failures:
    - {"message":"exits.web: expected [0], seen <1> & \\u001b[31m","at":{"file":"b,1.yaml","line":3,"column":9},"expected":"[0]","found":"<1> & \\u001b[31m","timeline":["web  ━━"]}
    - {"message":"phase: expected Failed, seen Running","at":{"file":"b,1.yaml","line":4,"column":1},"expected":"Failed","found":"Running","timeline":["web  ━━"]}
  ...
not ok 3 - c.yaml
  ---
  duration_ms: 1500.000
  errors:
    - "c.yaml:2:5: phase: 100% wrong"
  ...
ok 4 - d.yaml: not here # SKIP it takes too long
  ---
  duration_ms: 1500.000
  ...
`,
  ],
  [
    "junit",
    junitReport,
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="podling check" tests="4" failures="1" errors="1" skipped="1" time="2.000">
  <testsuite name="podling check" tests="4" failures="1" errors="1" skipped="1" time="2.000">
    <testcase classname="a.yaml" name="it holds" file="a.yaml" time="1.500"/>
    <testcase classname="b,1.yaml" name="it # fails" file="b,1.yaml" time="1.500" line="3">
      <failure message="exits.web: expected [0], seen &lt;1&gt; &amp; \\u001b[31m">b,1.yaml:3:9: exits.web: expected [0], seen &lt;1&gt; &amp; \\u001b[31m&#10;web  ━━</failure>
      <failure message="phase: expected Failed, seen Running">b,1.yaml:4:1: phase: expected Failed, seen Running&#10;web  ━━</failure>
    </testcase>
    <testcase classname="c.yaml" name="c.yaml" file="c.yaml" time="1.500" line="2">
      <error message="c.yaml:2:5: phase: 100% wrong"/>
    </testcase>
    <testcase classname="d.yaml" name="not here" file="d.yaml" time="1.500">
      <skipped message="it takes too long"/>
    </testcase>
  </testsuite>
</testsuites>
`,
  ],
  [
    "github",
    githubReport,
    `::error file=b%2C1.yaml,line=3,col=9,title=it # fails::exits.web: expected [0]%0Aseen <1> & \\u001b[31m%0Aweb  ━━
::error file=b%2C1.yaml,line=4,col=1,title=it # fails::phase: expected Failed%0Aseen Running%0Aweb  ━━
::error file=c.yaml,line=2,col=5::c.yaml:2:5: phase: 100%25 wrong
::notice file=d.yaml,title=not here::skipped: it takes too long
4 files: 1 passed, 1 failed, 1 refused, 1 skipped (2.0 s)
`,
  ],
];
for (const [name, form, expected] of forms) {
  Deno.test(`check -o ${name} prints every outcome`, () => equal(print(form), expected));
}

const OLD = `# Why
about: x # as it is
exits:
  web: [0, 1] # twice
  db:
    - 1
    # the last one
restarts: { web: 2, db: 0 }
status:
  phase: "Failed"
trace: |
  at 0s container.started web
  at 1s container.exited web Error 1

  # not a comment
output: { web: ready }
---
apiVersion: v1
`;

const failed = (...updates: readonly (readonly [field: string, value: unknown])[]) => ({
  failures: updates.map(([field, value]) => ({
    field,
    expected: "",
    seen: "",
    line: 1,
    column: 1,
    timeline: [],
    update: { field, value },
  })),
});

Deno.test("updateScenario() replaces values, and nothing else", () => {
  const { text, changes } = updateScenario(
    OLD,
    failed(
      ["exits.web", [0, 3]],
      ["exits.db", [1, "SIGKILL"]],
      ["restarts.web", 1],
      ["status.phase", "Succeeded"],
      ["trace", "at 0s container.started web\nat 2s container.exited web Error 1\n"],
      ["output.web", "ready: yes\n"],
    ),
  );
  equal(
    text,
    `# Why
about: x # as it is
exits:
  web: [0, 3] # twice
  db:
    - 1
    - SIGKILL
    # the last one
restarts: { web: 1, db: 0 }
status:
  phase: Succeeded
trace: |
  at 0s container.started web
  at 2s container.exited web Error 1
output: { web: "ready: yes\\n" }
---
apiVersion: v1
`,
  );
  deepEqual(changes, [
    "@ line 4",
    "-  web: [0, 1] # twice",
    "+  web: [0, 3] # twice",
    "@ line 7",
    "+    - SIGKILL",
    "@ line 8",
    "-restarts: { web: 2, db: 0 }",
    "+restarts: { web: 1, db: 0 }",
    "@ line 10",
    '-  phase: "Failed"',
    "+  phase: Succeeded",
    "@ line 13",
    "-  at 1s container.exited web Error 1",
    "-",
    "-  # not a comment",
    "+  at 2s container.exited web Error 1",
    "@ line 16",
    "-output: { web: ready }",
    '+output: { web: "ready: yes\\n" }',
  ]);
});

Deno.test("updateScenario() leaves what has no value of its own", () => {
  const { text, changes } = updateScenario(OLD, failed(["events[3]", "x"]));
  deepEqual([text, changes], [OLD, []]);
});
