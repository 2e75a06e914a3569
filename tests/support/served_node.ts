/** A node that serves, as a program of its own with places of its own, and kubectl to ask it. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { findProgram } from "./find_program.ts";
import { SOURCE, taskOptions } from "./program.ts";

/** A bound for what never comes, on a slow and busy machine too: kubectl's own is 30 s. */
const LONGEST_S = 180;

/** What a program printed and how it ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A node that serves. */
export interface ServedNode extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  readonly token: string;
  readonly kubeconfig: string;
  /** A folder for the files of a test. */
  readonly folder: string;
  /** Sends a request with the token. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** The same without anything that a client adds. */
  readonly client: Deno.HttpClient;
  /** Runs kubectl with these words; `wait` gets a bound that is generous where they have none. */
  kubectl(words: readonly string[], options?: KubectlOptions): Promise<Ended>;
  /** Starts kubectl, to be read while it runs. */
  startKubectl(words: readonly string[], env?: Readonly<Record<string, string>>): Deno.ChildProcess;
  /** Ends it with a signal, and returns what it printed and its exit status. */
  end(signal?: Deno.Signal): Promise<Ended>;
}

/** What kubectl may be given. */
export interface KubectlOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Where kubectl is: `KUBECTL` names another one; undefined where there is none. */
export const kubectlPath: string | undefined = Deno.env.get("KUBECTL") ?? findProgram("kubectl");

/** The places of one node after the other. */
export interface Places extends AsyncDisposable {
  /** Holds its data in `data`. */
  readonly folder: string;
  readonly state: string;
}

/** Makes empty places; in the end nothing of a run may be left in them. */
export async function makePlaces(): Promise<Places> {
  const folder = await Deno.makeTempDir({ prefix: "podling-serve-" });
  const state = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "podling-serve-" });
  return {
    folder,
    state,
    [Symbol.asyncDispose]: async () => {
      const left = [...Deno.readDirSync(`${folder}/data/runs`)].map(({ name }) => name);
      await Deno.remove(folder, { recursive: true });
      await Deno.remove(state, { recursive: true });
      deepEqual(left, []);
    },
  };
}

/**
 * Starts a node on a free port, and waits until it serves.
 *
 * @param places where others have been and will be. @default its own, which are removed with it
 */
export async function serveNode(
  words: readonly string[] = [],
  places?: Places,
): Promise<ServedNode> {
  const own = places === undefined ? await makePlaces() : undefined;
  const { folder, state } = places ?? own!;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", ...taskOptions("serve"), SOURCE, "serve"],
      ...["--listen", "127.0.0.1:0"],
      ...words,
    ],
    env: { PODLING_DATA: `${folder}/data`, PODLING_STATE: state, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  const [forLine, forText] = child.stdout.tee();
  const stdout = new Response(forText).text();
  const line = await readLine(forLine);
  const kubeconfig = /^export KUBECONFIG=(\S+)$/.exec(line)?.[1];
  if (kubeconfig === undefined) {
    throw new Error(`serve printed ${JSON.stringify(line)}: ${await stderr}`);
  }
  const config = JSON.parse(await Deno.readTextFile(kubeconfig));
  const { server: url, "certificate-authority-data": certificate } = config.clusters[0].cluster;
  const { token } = config.users[0].user;
  const client = Deno.createHttpClient({ caCerts: [atob(certificate)] });
  const kubectl = (
    words: readonly string[],
    stdin: "piped" | "null",
    env: Readonly<Record<string, string>> = {},
  ) =>
    new Deno.Command(kubectlPath!, {
      args: [...words],
      env: { KUBECONFIG: kubeconfig, HOME: folder, ...env },
      stdin,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  let ended: Promise<Ended> | undefined;
  const end = (signal: Deno.Signal = "SIGTERM") => {
    ended ??= (async () => {
      // What is under way when it is killed fails by itself.
      if (signal !== "SIGKILL") client.close();
      child.kill(signal);
      const { code } = await child.status;
      if (signal === "SIGKILL") client.close();
      return { code, stdout: await stdout, stderr: await stderr };
    })();
    return ended;
  };
  return {
    pid: child.pid,
    url,
    token,
    kubeconfig,
    folder,
    client,
    fetch: (path, init = {}) =>
      fetch(url + path, {
        ...init,
        headers: { authorization: `Bearer ${token}`, ...init.headers },
        client,
      }),
    startKubectl: (words, env) => kubectl(words, "null", env),
    kubectl: async (words, { stdin, env } = {}) => {
      const isUnbounded = words[0] === "wait" && !words.some((it) => it.startsWith("--timeout"));
      const bound = isUnbounded ? [`--timeout=${LONGEST_S}s`] : [];
      const process = kubectl([...words, ...bound], stdin === undefined ? "null" : "piped", env);
      const [{ code, stdout, stderr }] = await Promise.all([
        process.output(),
        stdin === undefined ? undefined : feed(process.stdin, stdin),
      ]);
      const decoder = new TextDecoder();
      return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
    },
    end,
    [Symbol.asyncDispose]: async () => {
      await end("SIGTERM");
      await own?.[Symbol.asyncDispose]();
    },
  };
}

/** Writes all that a program reads; one may end before that. */
async function feed(to: WritableStream<Uint8Array>, text: string): Promise<void> {
  try {
    const writer = to.getWriter();
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

async function readLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return text;
    text += value;
    if (text.includes("\n")) {
      void reader.cancel();
      return text.slice(0, text.indexOf("\n"));
    }
  }
}

/** Waits until a condition holds; it is looked at again and again. */
export async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + LONGEST_S * 1000;
  while (!await holds()) {
    if (Date.now() > end) throw new Error(`not within ${LONGEST_S} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
