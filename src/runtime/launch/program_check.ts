/** The look at a container's program before it is executed, in a shell inside the view. Pure. */
import type { ElfMachine } from "../machine/executable.ts";
import { quote } from "./shell_words.ts";

/** Where a program is looked for. */
export interface CheckedProgram {
  /** Absolute, in the container. */
  readonly workingDir: string;
  /** Names of its variables; `P0`, `P1`, … carry their values in this order. */
  readonly variables: readonly string[];
}

/**
 * The kernel executes ELF programs of its machine and `#!` scripts. `env` would hand anything else
 * to a shell, which a container runtime does not. The words are runc's.
 */
export function formatProgramCheck(
  plan: CheckedProgram,
  elf: ElfMachine,
  { od, wc }: { readonly od: string; readonly wc: string },
): string {
  const path = plan.variables.indexOf("PATH");
  return `case $1 in
/*) program=$1 ;;
*/*) program=${quote(plan.workingDir)}/$1 ;;
*)
  program=
  IFS=:
  set -f
  for folder in $P${path < 0 ? "ATH" : path}; do
    case $folder in /*) ;; *) folder=${quote(plan.workingDir)}/$folder ;; esac
    [ -f "$folder/$1" ] && [ -x "$folder/$1" ] && program=$folder/$1 && break
  done
  unset IFS
  [ -n "$program" ] || refuse "exec: \\"$1\\": executable file not found in \\$PATH"
  ;;
esac
case $1 in *=*) refuse "exec: \\"$1\\": a name with = cannot be executed here" ;; esac
[ -e "$program" ] || refuse "exec: \\"$1\\": stat $program: no such file or directory"
[ -x "$program" ] && [ -f "$program" ] || refuse "exec: \\"$1\\": permission denied"
bytes() { set -- $(${od} -An -v -tu1 -N 64 <"$1" 2>/dev/null); echo "$*"; }
elf() {
  size=$(${wc} -c <"$1")
  set -- $(bytes "$1")
  [ $# -eq 64 ] || return 1
  case "$5 $6:\${19} \${20}" in
  ${quote(elf.native)}) ;;${
    elf.others.map((kind) => `\n  ${kind.replaceAll(" ", "\\ ")}) return ;;`).join("")
  }
  *) return 1 ;;
  esac
  case "\${17} \${18}" in "2 0" | "3 0" | "0 2" | "0 3") ;; *) return 1 ;; esac
  [ "$5 $6" = "2 1" ] || return 0
  [ $((\${57} * \${55})) -gt 0 ] && [ $((\${33} + \${34} * 256 + \${57} * \${55})) -le $size ]
}
format() { refuse "exec $program: exec format error"; }
if [ -r "$program" ]; then
  case $(bytes "$program") in
  '127 69 76 70 '*) elf "$program" || format ;;
  '35 33 '*)
    read -r line <"$program" || :
    set -f
    interpreter=\${line#??}
    for interpreter in $interpreter ''; do break; done
    [ -n "$interpreter" ] || format
    if [ -f "$interpreter" ] && [ -r "$interpreter" ]; then
      case $(bytes "$interpreter") in
      '127 69 76 70 '*) elf "$interpreter" || format ;;
      '35 33 '*) ;;
      *) format ;;
      esac
    fi
    ;;
  *) format ;;
  esac
fi`;
}
