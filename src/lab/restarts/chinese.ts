/** The words of the lessons about restarts, in Chinese; pure. */
import type { TextsOf } from "../lesson/lesson_text.ts";
import type { restartLessons } from "./lessons.ts";

const STATUS = { "runs-on": "没有：运行不会自行结束" };

/** By the names of the lessons. */
export const restartChinese: TextsOf<typeof restartLessons> = {
  "always": {
    title: "重启策略 Always：正常退出与异常退出",
    intro: [
      "Always 是默认的重启策略。容器结束之后，不论退出码是多少都会重启；第一次重启之后就要等待：先是 10 秒，然后 20 秒、40 秒。",
      "normal 的容器一启动就以 0 退出，abnormal 的容器一启动就以 1 退出。当两者都在等待 20 秒时，我们来看结果。",
    ],
    questions: {
      normal: {
        ask: "名为 normal 的 Pod 处于哪个阶段？",
        why: "它的容器还会再启动，所以 Pod 并没有结束，尽管它从未失败过。",
      },
      reason: {
        ask: "normal 的容器正在等待，它显示的原因是什么？",
        why:
          "每次重启之前都有退避，成功退出之后也一样。CrashLoopBackOff 指的是这段等待，并不表示崩溃。",
      },
      abnormal: {
        ask: "名为 abnormal 的 Pod 处于哪个阶段？",
        why: "陷入崩溃循环的 Pod 是 Running：容器的情况要看容器状态，不能看 Pod 的阶段。",
      },
      restarts: {
        ask: "到这时为止，它的容器重启了几次？",
        why: "两次：一次是立即重启，一次是在 10 秒之后。它正在等待第三次重启。",
      },
      status: {
        ask: "对这些 Pod 来说，这次运行（podling run）的退出状态是什么？",
        choices: STATUS,
        why: "策略为 Always 时，Pod 不会自行结束：运行会一直持续，直到被停止。",
      },
    },
    next: "让 normal 的容器先 sleep 1 秒再退出。什么变了，什么没变？",
  },
  "on-failure": {
    title: "重启策略 OnFailure：正常退出与异常退出",
    intro: [
      "策略为 OnFailure 时，容器以 0 退出就算完成；以其他退出码退出则会重启，等待时间与 Always 相同。",
      "normal 的容器以 0 退出。abnormal 的容器前两次以 1 退出，第三次以 0 退出。",
    ],
    questions: {
      normal: {
        ask: "名为 normal 的 Pod 最后处于哪个阶段？",
        why: "它的容器以 0 退出，不会再启动。",
      },
      normalRestarts: {
        ask: "它的容器会重启几次？",
        why: "退出码为 0 时，OnFailure 不会重启容器。",
      },
      abnormal: {
        ask: "名为 abnormal 的 Pod 最后处于哪个阶段？",
        why:
          "策略为 OnFailure 时，容器会一直重启到成功为止。这样的 Pod 只会因为外部原因失败：被删除、超过期限，或者被驱逐。",
      },
      abnormalRestarts: {
        ask: "它的容器会重启几次？",
        why: "失败了两次，每次失败之后各重启一次。",
      },
      status: {
        ask: "这次运行的退出状态是多少？",
        why: "所有 Pod 都成功了，中途的失败不计入结果。",
      },
    },
    next: "让 abnormal 的容器总是以 1 退出。一分钟之后，它处于哪个阶段？",
  },
  "never": {
    title: "重启策略 Never：正常退出与异常退出",
    intro: [
      "策略为 Never 时，任何容器都不会重启；唯一一次运行的退出码决定 Pod 是 Succeeded 还是 Failed。",
      "normal 以 0 退出，abnormal 以 3 退出。mixed 有两个容器：fails 立即以 1 退出，works 在一秒之后以 0 退出。",
    ],
    questions: {
      normal: {
        ask: "名为 normal 的 Pod 最后处于哪个阶段？",
        why: "它的所有容器都以 0 退出。",
      },
      abnormal: {
        ask: "名为 abnormal 的 Pod 最后处于哪个阶段？",
        why: "它的容器失败了，而 Never 不会重启容器。",
      },
      code: {
        ask: "它的容器状态里，退出码是多少？",
        why: "就是程序自己的退出码。",
      },
      restarts: {
        ask: "它会重启几次？",
        why: "Never 就是从不重启，失败之后也一样。",
      },
      mixed: {
        ask: "名为 mixed 的 Pod 最后处于哪个阶段？",
        why: "只要有一个主容器失败就够了，与哪个容器最后结束无关。",
      },
    },
    next: "把 fails 与 works 的退出码对调。mixed 的阶段会变吗？",
  },
  "back-off": {
    title: "崩溃循环与退避",
    intro: [
      "如果容器总是一启动就结束，重启的间隔会越来越长，以免拖累节点。第一次重启是立即进行的。",
      "下面的容器每次都立即以 1 退出。这次运行持续到等待时间达到上限为止：生命周期时间五分钟，实际只需三秒。",
    ],
    questions: {
      second: {
        ask: "第二次重启之前，容器等待几秒？",
        why: "退避从 10 秒开始；第一次重启之前没有等待。",
      },
      fourth: {
        ask: "第四次重启之前呢？",
        why: "等待时间每次加倍：10、20、40。",
      },
      longest: {
        ask: "等待时间最长是多少秒？",
        why: "160 秒之后本应是 320 秒，但退避的上限是五分钟。",
      },
      phase: {
        ask: "在此期间，Pod 处于哪个阶段？",
        why: "它的容器还会再启动，所以 Pod 是 Running。",
      },
      reset: {
        ask: "什么时候退避会重新从零开始？",
        choices: {
          "never": "永远不会",
          "success": "以 0 退出之后",
          "ten minutes": "连续运行超过十分钟之后",
        },
        why: "只有长时间的运行才说明容器已经恢复正常；退出码 0 并不会改变等待时间。",
      },
    },
    next: "把退出码改为 0。等待时间会变吗？",
  },
  "exit-codes": {
    title: "退出码：126、127 与 128 + N",
    intro: [
      "容器的退出码就是程序的退出码。如果程序被信号终止，退出码就是 128 加上信号的编号：SIGTERM（15）是 143，SIGKILL（9）是 137，SIGSEGV（11）是 139。",
      "126 与 127 来自 shell：前者表示程序无法执行，后者表示找不到程序。下面五个容器以五种方式结束。",
    ],
    questions: {
      notFound: {
        ask: "not-found 的 shell 找不到程序，它的退出码是多少？",
        why: "找不到程序时，shell 以 127 退出。",
      },
      notExecutable: {
        ask: "not-executable 的程序没有执行权限，它的退出码是多少？",
        why: "文件无法执行时，shell 以 126 退出。",
      },
      segfault: {
        ask: "segfault 被 SIGSEGV（11）终止，它的退出码是多少？",
        why: "128 + 11。",
      },
      killed: {
        ask: "killed 被 SIGKILL（9）终止，它的退出码是多少？",
        why: "128 + 9。宽限期用尽，或者内存不足，看起来都是这个退出码。",
      },
      reason: {
        ask: "它的状态里显示的原因是什么？",
        why: "仅凭 137 不能说明内存不足，只有原因 OOMKilled 才说明这一点。",
      },
      phase: {
        ask: "Pod 最后处于哪个阶段？",
        why: "只要有一个主容器失败就够了。",
      },
    },
    next: "让 killed 改为发送 SIGTERM。它的退出码是多少？再试试 podling explain 143。",
  },
  "restart-pod": {
    title: "Pod 重启时，哪些会重新运行",
    intro: [
      "容器重启时，只有它自己在原来的沙箱里重新运行。如果沙箱本身没有了，Pod 会得到一个新的沙箱，并从第一个初始化容器重新开始。",
      "app 第一次运行时失败；第二次运行时结束了 pause 进程，沙箱里的一切也随之结束；第三次运行时，它数一数所有运行向卷里写入了几行。",
    ],
    questions: {
      first: {
        ask: "初始化容器 first 会运行几次？",
        why: "每个沙箱一次。仅仅 app 重启时它不会再运行，有了新的沙箱才会。",
      },
      app: {
        ask: "app 会运行几次？",
        why: "第一次失败，第二次随沙箱一起被杀死，第三次成功：运行三次，重启两次。",
      },
      lines: {
        ask: "最后卷里有几行？",
        why: "卷属于 Pod，沙箱没有了它还在：first 与 second 各两次，app 三次。",
      },
      phase: {
        ask: "Pod 最后处于哪个阶段？",
        why: "app 最后以 0 退出，OnFailure 不会再启动它。",
      },
    },
    next: "把 restartPolicy 改为 Never。还会有新的沙箱吗？",
  },
};
