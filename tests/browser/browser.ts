/** A headless Chromium for tests of pages, by its debugging protocol. */
import { findProgram } from "../support/find_program.ts";

/** The command of a browser that is installed; undefined: there is none. */
export const browserCommand: string | undefined = findProgram("chromium") ??
  findProgram("chromium-browser") ?? findProgram("google-chrome");

/** An answer or an event of the protocol. */
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** One browser with one page. */
export class Browser implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, PromiseWithResolvers<Readonly<Record<string, unknown>>>>();
  readonly #listeners = new Map<string, () => void>();
  #count = 0;

  private constructor(child: Deno.ChildProcess, profile: string, socket: WebSocket) {
    this.#child = child;
    this.#profile = profile;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
  }

  /** Starts the browser. */
  static async start(): Promise<Browser> {
    const profile = await Deno.makeTempDir({ prefix: "podling-browser-" });
    const child = new Deno.Command(browserCommand!, {
      args: [
        ..."--headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run".split(" "),
        ...["--disable-dev-shm-usage", "--remote-debugging-port=0", `--user-data-dir=${profile}`],
        "about:blank",
      ],
      env: { HOME: profile },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const port = await readPort(child.stderr);
    const pages = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
    const page = (pages as { readonly type: string; readonly webSocketDebuggerUrl: string }[])
      .find(({ type }) => type === "page")!;
    const socket = new WebSocket(page.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return new Browser(child, profile, socket);
  }

  /** Opens a file at a size and waits until it is loaded. */
  async open(path: string, width: number, scheme: "light" | "dark"): Promise<void> {
    await this.send("Page.enable");
    await this.send("Emulation.setFocusEmulationEnabled", { enabled: true });
    const metrics = { width, height: 800, deviceScaleFactor: 1, mobile: false };
    await this.send("Emulation.setDeviceMetricsOverride", metrics);
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.send("Emulation.setEmulatedMedia", { features });
    const loaded = new Promise<void>((resolve) =>
      this.#listeners.set("Page.loadEventFired", resolve)
    );
    await this.send("Page.navigate", { url: `file://${path}` });
    await loaded;
    await this.run(
      "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
    );
  }

  /** The value of an expression in the page. */
  async run<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    }) as { result: { readonly value: T }; exceptionDetails?: unknown };
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  }

  /** A command of the protocol. */
  async send(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#count;
    const answer = Promise.withResolvers<Readonly<Record<string, unknown>>>();
    this.#answers.set(id, answer);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return await answer.promise;
  }

  #take({ id, method, result, error }: Message): void {
    if (method !== undefined) this.#listeners.get(method)?.();
    if (id === undefined) return;
    const answer = this.#answers.get(id);
    this.#answers.delete(id);
    if (error !== undefined) answer?.reject(new Error(error.message));
    else answer?.resolve(result ?? {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    await this.send("Browser.close").catch(() => {}); // It may be gone before it has answered.
    await Promise.all([closed, this.#child.status]);
    await Deno.remove(this.#profile, { recursive: true });
  }
}

/** The port that the browser has chosen; what else it writes is read and left. */
async function readPort(stderr: ReadableStream<Uint8Array>): Promise<string> {
  const port = Promise.withResolvers<string>();
  let text = "";
  void stderr.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write(chunk) {
        text += chunk;
        const [, found] = /listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(text) ?? [];
        if (found !== undefined) port.resolve(found);
      },
      close: () => port.reject(new Error(`The browser has ended: ${text}`)),
    }),
  );
  return await port.promise;
}
