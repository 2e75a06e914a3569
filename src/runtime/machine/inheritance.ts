/**
 * What this process has from its caller and hands on to all that it starts, unless it is kept back:
 * descriptors, and the keys of a session, which are passwords and tickets that the kernel keeps for
 * a login.
 */

/** Numbers of the system call, which the C library has no function for. */
const SYS_KEYCTL = { x86_64: 250n, aarch64: 219n };
const KEYCTL_JOIN_SESSION_KEYRING = 1n;
const EPERM = 1;
const ENOSYS = 38;
const F_SETFD = 2;
const FD_CLOEXEC = 1;

const LIBC = {
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  syscall: { parameters: ["i64", "i64", "i64"], result: "i64" },
  __errno_location: { parameters: [], result: "pointer" },
} as const;

type Libc = Deno.DynamicLibrary<typeof LIBC>["symbols"];

/**
 * Keeps back what containers are not to have of the caller.
 * @throws {Error} if that cannot be.
 */
export function withholdInheritance(): void {
  const libc = Deno.dlopen("libc.so.6", LIBC);
  try {
    closeDescriptors(libc.symbols);
    joinOwnSessionKeyring(libc.symbols);
  } finally {
    libc.close();
  }
}

/** Has every descriptor but the standard streams close where a program is executed. */
function closeDescriptors(libc: Libc): void {
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    const fd = Number(name);
    // That of the listing itself is closed by now.
    if (fd > 2) libc.fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
}

/**
 * Gives this thread, and all that it starts from now on, a new and empty session keyring, as runc
 * does for each container: the caller's keys are not for containers, and what those add does not
 * outlive them. Where the kernel has no keyrings, or refuses them, there is nothing to hide.
 */
function joinOwnSessionKeyring(libc: Libc): void {
  const joined = libc.syscall(SYS_KEYCTL[Deno.build.arch], KEYCTL_JOIN_SESSION_KEYRING, 0n);
  if (joined >= 0n) return;
  const errno = new Deno.UnsafePointerView(libc.__errno_location()!).getInt32();
  if (errno === EPERM || errno === ENOSYS) return;
  const message = `Cannot make a session keyring: keyctl(2) fails with error ${errno}`;
  throw Object.assign(new Error(message), { code: `errno ${errno}` });
}
