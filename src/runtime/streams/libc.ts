/**
 * What Deno cannot do: make terminals and pipes by their descriptors, and wait for one without a
 * thread. To load the C library takes milliseconds: import this file only when it is needed.
 */

/** Functions of the C library, and what they take and give. */
export const LIBC_FUNCTIONS = {
  posix_openpt: { parameters: ["i32"], result: "i32" },
  unlockpt: { parameters: ["i32"], result: "i32" },
  ptsname_r: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  pipe2: { parameters: ["buffer", "i32"], result: "i32" },
  open: { parameters: ["buffer", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  ioctl: { parameters: ["i32", "usize", "buffer"], result: "i32" },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32", nonblocking: true },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
  strerror: { parameters: ["i32"], result: "pointer" },
} as const;

/** Those functions. Most return -1 when they fail. */
export const libc: Deno.DynamicLibrary<typeof LIBC_FUNCTIONS>["symbols"] = Deno.dlopen(
  "libc.so.6",
  LIBC_FUNCTIONS,
).symbols;

/**
 * The number that a function returned, if it is none of a failure.
 * @param operation what could not be done, after "Cannot".
 * @throws {Error} with the system's words.
 */
export function expectDone(result: number, operation: string): number {
  if (result >= 0) return result;
  const errno = new Deno.UnsafePointerView(libc.__errno_location()!).getInt32();
  const words = Deno.UnsafePointerView.getCString(libc.strerror(errno)!);
  throw Object.assign(new Error(`Cannot ${operation}: ${words}`), { code: `errno ${errno}` });
}

/** A path as the C library takes it. */
export function toCString(path: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${path}\0`);
}
