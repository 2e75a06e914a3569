/** `lab` at a terminal: questions and answers, an editor, and every way to leave. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { PODLING } from "../support/program.ts";
import { canOpenTerminal, Screen } from "./screen.ts";
import { Place, until } from "./support.ts";

async function atTerminal(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  use: (screen: Screen, place: Place) => Promise<number>,
): Promise<void> {
  await using place = await Place.open();
  const own = { TMPDIR: place.work, LC_ALL: "C", ...env };
  const isolation = ["--isolation", "process"];
  await using screen = Screen.start(place, [...PODLING, "lab", ...isolation, ...words], own);
  const status = await use(screen, place);
  equal((await screen.ended).code, status);
  equal(screen.isAsBefore, true);
  deepEqual([...Deno.readDirSync(place.work)], []);
  await place.clean();
}

const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name, ignore: !canOpenTerminal, fn });

test("lab: a lesson is predicted, run, graded, edited and run again", () =>
  atTerminal(["never"], { EDITOR: "sed -i 's/exit 3/exit 9/'" }, async (screen) => {
    const answer = async (...typed: readonly string[]) => {
      for (const it of typed) {
        await screen.shows(" > ");
        await screen.type(`${it}\n`);
      }
    };
    await screen.shows("Lesson 11 of ");
    await answer("succ", "nonsense");
    await screen.shows('"nonsense" is not one of the answers');
    await answer("4", "9", "", "2");
    await screen.shows("Running it with real processes");
    // While it runs.
    await screen.shows("Pod mixed");
    await screen.shows("Pod default/abnormal");
    await screen.shows("Failed  ✓ right");
    await screen.shows("3  ✗ you said 9");
    await screen.shows("R-EXIT-1: ");
    await screen.shows("0  no prediction");
    await screen.shows("2 of 4 predictions right");
    await screen.shows("next lesson: back-off");
    await screen.type("e\n");
    match(await screen.shows("Your predictions"), /exit 9/);
    await answer("", "", "9", "", "");
    await screen.shows("This is your manifest");
    await screen.shows("9  ✓ right");
    await screen.shows("In this run: it ended by itself with exit code 9");
    await screen.shows("quit");
    await screen.type("q\n");
    await screen.shows("Nothing is left running.");
    return 0;
  }));

test("lab: the list, a wrong name, and the end of the input", () =>
  atTerminal([], { LC_ALL: "zh_CN.UTF-8" }, async (screen) => {
    await screen.shows("pause 进程做什么");
    await screen.shows("> ");
    await screen.type("nonsense\n");
    await screen.shows("没有名为");
    await screen.shows("> ");
    await screen.type("12\n");
    await screen.shows("崩溃循环与退避");
    await screen.shows("输入数字 > ");
    await screen.type("\x04");
    await screen.shows("没有留下任何运行中的东西。");
    return 0;
  }));

test("lab: Enter ends a run that would take long", () =>
  atTerminal(["back-off", "--speed", "1"], {}, async (screen) => {
    for (let question = 0; question < 5; question++) {
      await screen.shows(" > ");
      await screen.type("\n");
    }
    // It waits for its second restart.
    await screen.shows("1 restart, next in ");
    await screen.type("\n");
    await screen.shows("The run was ended here, before its own end.");
    await screen.shows("10  no prediction");
    await screen.shows("the run did not come to that");
    await screen.shows("> ");
    await screen.type("q\n");
    return 0;
  }));

/** So long an editor is open that no other test has one. */
const seconds = 10_000 + Deno.pid;

test("lab: a signal ends the editor too", () =>
  atTerminal(["never"], { EDITOR: `sleep ${seconds}; :` }, async (screen) => {
    for (let question = 0; question < 5; question++) {
      await screen.shows(" > ");
      await screen.type("\n");
    }
    await screen.shows("quit");
    await screen.type("e\n");
    const isEditing = () =>
      [...Deno.readDirSync("/proc")].some(({ name }) => {
        if (!/^\d+$/.test(name)) return false;
        try {
          return Deno.readTextFileSync(`/proc/${name}/cmdline`) === `sleep\0${seconds}\0`;
        } catch {
          return false; // It has ended meanwhile.
        }
      });
    await until(isEditing);
    screen.child.kill("SIGTERM");
    await until(() => !isEditing());
    return 143;
  }));

test("lab: Ctrl-C at a question leaves nothing", () =>
  atTerminal(["roll"], {}, async (screen) => {
    await screen.shows("a number > ");
    await screen.type("\x03");
    return 130;
  }));

test("lab: Ctrl-C in the middle of a run leaves nothing", () =>
  atTerminal(["roll"], {}, async (screen, place) => {
    for (let question = 0; question < 4; question++) {
      await screen.shows(" > ");
      await screen.type("\n");
    }
    await screen.shows("Running it with real processes");
    await until(() => place.leftovers().some((it) => it.startsWith("process")));
    await screen.type("\x03");
    return 130;
  }));

test("lab: a terminal that hangs up ends it", async () => {
  await using place = await Place.open();
  // Below a shell, which gets the signal first: the end of its input is all that the program sees.
  const shell = ["sh", "-c", 'trap : HUP; "$@"; exit $?', "sh"];
  await using screen = Screen.start(place, [...shell, ...PODLING, "lab", "never"]);
  await screen.shows(" > ");
  screen.hangUp();
  equal((await screen.ended).code, 129);
  await place.clean();
});
