/** The learner's own editor, on a manifest. */
import type { LabWords } from "../../lab/words/words.ts";
import type { Dialog, SignalWatch } from "./dialog.ts";

/**
 * Lets someone edit a text: in the program that `VISUAL` or `EDITOR` names, or else in a window of
 * their own. The file is removed in any case.
 *
 * @returns the edited text; undefined if the editor failed.
 * @throws {Left}
 */
export async function editText(
  text: string,
  { name, dialog, watch, words }: {
    /** Of the file, without its ending. */
    readonly name: string;
    readonly dialog: Dialog;
    readonly watch: SignalWatch;
    readonly words: LabWords;
  },
): Promise<string | undefined> {
  const folder = await Deno.makeTempDir({ prefix: "podling-lab-" });
  try {
    const file = `${folder}/${name}.yaml`;
    await Deno.writeTextFile(file, text);
    const command = Deno.env.get("VISUAL") || Deno.env.get("EDITOR");
    if (command === undefined || command === "") {
      await dialog.ask(`${words.noEditor(file)} `);
      return await Deno.readTextFile(file);
    }
    const { code } = await watch.whileHeld(() =>
      // Both variables may hold options, as for git, and the signal is for the editor itself.
      new Deno.Command("sh", {
        args: ["-c", `exec env ${command} "$1"`, "sh", file],
        signal: watch.signal,
      }).spawn().status
    );
    watch.check();
    if (code === 0) return await Deno.readTextFile(file);
    await dialog.say([words.editorFailed(command, code)]);
    return undefined;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
