/** What programs and containers are joined with, and connections to their ports. */

/** Rows and columns of characters. */
export interface WindowSize {
  /** From top to bottom. */
  readonly rows: number;
  /** From left to right. */
  readonly columns: number;
}

/** A connection to a port of a pod. */
export interface PodConnection {
  /** What the pod sends. */
  readonly readable: ReadableStream<Uint8Array>;
  /** What is sent to the pod; closing it closes this direction alone. */
  readonly writable: WritableStream<Uint8Array>;
  /** Ends both directions. May be repeated. */
  close(): void;
}

/**
 * What a program or a container is joined with. One rule for all: at the end inputs are cancelled
 * and outputs closed once all was taken; what fails or is aborted aborts the outputs instead. A
 * request that is refused before anything is joined leaves them as they are.
 */
export interface JoinedStreams {
  /** What it reads, or what is typed at its terminal. @default nothing */
  readonly stdin?: ReadableStream<Uint8Array>;
  /** Takes what it writes, of a terminal all. @default it is discarded */
  readonly stdout?: WritableStream<Uint8Array>;
  /** Takes its errors; with a terminal nothing. @default they are discarded */
  readonly stderr?: WritableStream<Uint8Array>;
  /** Sizes of its terminal, the first as early as it comes. */
  readonly resize?: ReadableStream<WindowSize>;
}

/**
 * A program that is run in a container that runs, and what it is joined with; the end of `stdin` is
 * passed on, and without one it is at its end.
 */
export interface ExecRequest extends JoinedStreams {
  /** Program and arguments; at least one. */
  readonly command: readonly string[];
  /** All of its standard streams are one terminal. @default false */
  readonly tty?: boolean;
}

/** How such a program ended. */
export interface ExecEnd {
  /** 0 to 255; 128 + n for signal n (R-EXIT-1). */
  readonly exitCode: number;
}

/** What is joined with a container that runs; its outputs from now on. */
export interface AttachRequest extends JoinedStreams {
  /**
   * The end of `stdin`, or of the attachment, is the end of the container's standard input too.
   * @default the container's `stdinOnce`
   */
  readonly endsInput?: boolean;
}

/** Streams that are joined with a container. */
export interface ContainerAttachment {
  /**
   * Resolves when the container has ended and its output was taken, or the signal was aborted.
   * Rejects with the error of a stream that fails; the container runs on.
   */
  readonly ended: Promise<AttachEnd>;
}

/** What is left of an attachment. */
export interface AttachEnd {
  /**
   * What was read of `stdin`, and by no program of a container that has ended. Of a terminal: what
   * has not been typed. Where several wrote, what programs left goes to the last of them.
   */
  readonly unread: Uint8Array;
}
