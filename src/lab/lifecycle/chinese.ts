/** The words of the lessons about phases and init containers, in Chinese; pure. */
import type { TextsOf } from "../lesson/lesson_text.ts";
import type { lifecycleLessons } from "./lessons.ts";

/** By the names of the lessons. */
export const lifecycleChinese: TextsOf<typeof lifecycleLessons> = {
  "phases": {
    title: "Pod 的各个阶段",
    intro: [
      "Pod 的阶段（phase）只有五种：Pending、Running、Succeeded、Failed、Unknown。kubectl 在 STATUS 一列里显示的其他词，例如 Completed、Terminating、CrashLoopBackOff，都不是阶段。",
      "下面五个 Pod 同时运行。名为 leaves 的 Pod 在 15 秒后被删除；它的容器忽略 SIGTERM，等 10 秒的宽限期过后被强制杀死。",
    ],
    questions: {
      waits: {
        ask: "waits 的初始化容器一直不结束，这个 Pod 处于哪个阶段？",
        why: "只要还有容器尚未启动（这里是 main），Pod 就是 Pending。",
      },
      runs: {
        ask: "runs 处于哪个阶段？",
        why: "有主容器正在运行。",
      },
      succeeds: {
        ask: "succeeds 处于哪个阶段？（kubectl 显示 Completed）",
        why: "所有主容器都以 0 退出，并且不会再启动。kubectl 显示的是容器的原因 Completed。",
      },
      fails: {
        ask: "fails 处于哪个阶段？",
        why: "所有容器都已结束，不会再启动（策略是 Never），而且其中有失败的。kubectl 显示 Error。",
      },
      leaves: {
        ask: "leaves 从创建到消失，依次经过哪些阶段？",
        why:
          "删除期间，Pod 的阶段保持不变；在被移除之前，阶段会变成终态。它的容器没有以 0 响应停止信号，而是被杀死的，所以是 Failed。",
      },
      display: {
        ask: "从删除到结束之间，kubectl get pods 对 leaves 显示什么？",
        why: "元数据里有 deletionTimestamp 的 Pod 就显示为 Terminating，而它的阶段仍然是 Running。",
      },
      unknown: {
        ask: "Unknown 在单机上看不到。集群在什么情况下会显示它？",
        choices: {
          crash: "容器反复崩溃时",
          image: "镜像拉取不到时",
          node: "节点不再上报状态时",
        },
        why: "只有节点知道自己的 Pod 处于什么状态。节点失联之后，正在删除的 Pod 就显示为 Unknown。",
      },
    },
    next: "让 leaves 收到 SIGTERM 时以 0 退出（trap 'exit 0' TERM）：它最后处于哪个阶段？",
  },
  "init-order": {
    title: "初始化容器依次运行",
    intro: [
      "初始化容器在主容器之前运行，一次只运行一个，按清单里的顺序进行：前一个成功之后，才启动下一个。",
      "在这里，一个 Pod 的容器共享一个工作目录。下面的两个初始化容器向其中的日志写入内容，app 把日志打印出来。",
    ],
    questions: {
      order: {
        ask: "容器按什么顺序启动？",
        why: "按清单里的顺序一个接一个，主容器在最后。",
      },
      phases: {
        ask: "Pod 依次经过哪些阶段？",
        why:
          "初始化容器运行期间，Pod 是 Pending。Initialized 是 Pod 的一个状况（condition），不是阶段。",
      },
      runs: {
        ask: "fetch 会运行几次？",
        why: "已经成功的初始化容器，在同一个沙箱里不会再次运行。",
      },
      log: {
        ask: "app 打印日志时，里面有什么？",
        why: "app 启动之前，两个初始化容器都已经结束了。",
      },
    },
    next: "让 migrate 失败（在命令末尾加上“; exit 1”）。app 会启动吗？fetch 会运行几次？",
  },
  "init-fails": {
    title: "不同重启策略下，初始化容器失败会怎样",
    intro: [
      "初始化容器失败之后怎么办，由 Pod 的重启策略决定。下面三个 Pod 的初始化容器相同，总是以 1 退出；只有重启策略不同。",
      "等到前两个 Pod 都在等待 20 秒、准备下一次尝试的时候，再来看结果。",
    ],
    questions: {
      always: {
        ask: "名为 always 的 Pod 处于哪个阶段？",
        why:
          "它的初始化容器不断重试，app 还没有启动，所以 Pod 一直是 Pending。kubectl 显示 Init:CrashLoopBackOff。",
      },
      onFailure: {
        ask: "名为 on-failure 的 Pod 处于哪个阶段？",
        why: "对初始化容器来说，Always 与 OnFailure 的含义相同：重试，直到成功为止。",
      },
      never: {
        ask: "名为 never 的 Pod 处于哪个阶段？",
        why: "策略为 Never 时，初始化容器一旦失败就是最终结果，Pod 也随之失败。",
      },
      attempts: {
        ask: "在名为 never 的 Pod 里，check 会运行几次？",
        why: "一次：策略不允许再试。",
      },
      app: {
        ask: "三个 Pod 里的 app 一共启动几次？",
        why: "最后一个初始化容器成功之后，主容器才会启动；这里它从来没有成功过。",
      },
    },
    next:
      "让 check 在第三次尝试时成功：echo x >>n; [ $(wc -l <n) -ge 3 ]。现在各 Pod 处于哪个阶段？",
  },
  "sidecars": {
    title: "边车容器：留下来的初始化容器",
    intro: [
      "restartPolicy 为 Always 的初始化容器就是边车容器。它按自己在初始化容器中的位置启动，后面的容器不必等它结束；它与主容器一起运行，并在主容器之后被停止。",
      "下面的边车容器 proxy 收到 SIGTERM 时以 7 退出。",
    ],
    questions: {
      starts: {
        ask: "容器按什么顺序启动？",
        why: "按清单里的顺序。边车容器一运行起来，下一个容器就启动，不必等它结束。",
      },
      ends: {
        ask: "容器按什么顺序结束？",
        why: "边车容器与 prepare、app 一起运行；最后一个主容器结束之后，它才被停止。",
      },
      exit: {
        ask: "proxy 的退出码是多少？",
        why: "是它自己给出的：它处理了 SIGTERM，调用 exit 7。",
      },
      phase: {
        ask: "Pod 最后处于哪个阶段？",
        why: "只有主容器决定结果，而 app 以 0 退出。",
      },
    },
    next: "让 proxy 在 0.2 秒后自行结束，Pod 的策略仍为 Never。它会被重启吗？",
  },
};
