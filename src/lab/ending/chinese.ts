/** The words of the lessons about probes and the end of a Pod, in Chinese; pure. */
import type { TextsOf } from "../lesson/lesson_text.ts";
import type { endingLessons } from "./lessons.ts";

/** By the names of the lessons. */
export const endingChinese: TextsOf<typeof endingLessons> = {
  "probes": {
    title: "探针与就绪",
    intro: [
      "就绪探针决定容器是否接收流量，存活探针判断容器是否还活着。就绪探针失败，只是把容器移出服务；存活探针失败，容器会被杀死，之后由重启策略决定。",
      "web 的就绪探针先失败两次，再成功两次，又失败两次，之后一直成功；失败一次就算数（failureThreshold: 1）。stuck 的存活探针总是失败。当 web 第二次就绪、stuck 已经重启时，我们来看结果。",
    ],
    questions: {
      ready: {
        ask: "web 的 Ready 状况依次取哪些值？",
        why: "设置了就绪探针的容器，一开始是未就绪的，之后随探针的结果而变。正在运行不等于就绪。",
      },
      web: {
        ask: "就绪探针失败，会让 web 的容器重启几次？",
        why: "就绪探针不会引起重启，它只改变 Ready 状况，从而影响流量。",
      },
      phase: {
        ask: "web 未就绪时处于哪个阶段？",
        why: "阶段取决于各容器的状态，就绪则是另外的状况。",
      },
      stuck: {
        ask: "到这时为止，stuck 的容器重启了几次？",
        why: "存活探针失败，容器被杀死，策略 Always 又让它重新启动。",
      },
      failures: {
        ask: "存活探针失败几次之后，容器才会被杀死？",
        why: "failureThreshold 是 3，只有连续失败才算数。",
      },
    },
    next: "给 stuck 换成一个总是失败的启动探针（startupProbe），代替存活探针。有什么不同？",
  },
  "termination": {
    title: "优雅终止",
    intro: [
      "Pod 被删除时，每个容器先运行 preStop 钩子，再收到 SIGTERM，然后在宽限期内自行结束。宽限期过后仍在运行的，由 SIGKILL 强制终止。",
      "polite 有 preStop 钩子，并且会处理 SIGTERM。deaf 忽略 SIGTERM，它的宽限期是 10 秒。两者都在 15 秒后被删除。",
    ],
    questions: {
      order: {
        ask: "polite 按什么顺序遇到钩子与信号？",
        why: "先运行钩子，所用的时间计入宽限期。",
      },
      polite: {
        ask: "polite 最后处于哪个阶段？",
        why: "它以退出码 0 响应了停止信号：被删除的 Pod 也可以是 Succeeded。",
      },
      signals: {
        ask: "deaf 的容器会收到哪些信号？",
        why: "SIGTERM 一次；宽限期过后是 SIGKILL，任何程序都无法忽略它。",
      },
      code: {
        ask: "它的退出码是多少？",
        why: "128 + 9：它是被 SIGKILL 终止的。",
      },
      deaf: {
        ask: "deaf 最后处于哪个阶段？",
        why: "它的容器不是以 0 退出的，而是被杀死的。",
      },
    },
    next:
      "去掉 deaf 的 trap，让 sleep 自己成为 PID 1。SIGTERM 现在能终止它吗？（对 PID 1 来说，信号没有默认动作。）",
  },
};
