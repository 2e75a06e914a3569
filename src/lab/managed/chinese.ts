/** The words of the lessons about standalone and managed Pods, in Chinese; pure. */
import type { TextsOf } from "../lesson/lesson_text.ts";
import type { managedLessons } from "./lessons.ts";

/** By the names of the lessons. */
export const managedChinese: TextsOf<typeof managedLessons> = {
  "standalone": {
    title: "独立的 Pod 与受管理的 Pod：删除与自愈",
    intro: [
      "独立的 Pod 一旦被删除就没有了。Deployment 的 Pod 则会被替换：Deployment 管理 ReplicaSet，ReplicaSet 让 Pod 始终保持所要求的数量。",
      "名为 alone 的 Pod，以及名为 web 的 Deployment 的 Pod，都在 20 秒后被删除。",
    ],
    questions: {
      web: {
        ask: "到最后，web 的 ReplicaSet 一共创建了几个 Pod？",
        why: "开始时一个；被删除的 Pod 从删除那一刻起就不再计入数量，于是又创建一个来代替它。",
      },
      alone: {
        ask: "alone 的容器一共启动了几次？",
        why:
          "独立的 Pod 不会被替换。restartPolicy: Always 只是在 Pod 内部重启容器，而正在删除的 Pod 不会再重启容器。",
      },
      name: {
        ask: "代替它的 Pod 叫什么名字？",
        choices: { same: "与原来相同", other: "另一个名字" },
        why:
          "它是由同一个模板创建的另一个 Pod，有自己的名字、UID 与地址。如果是 StatefulSet，名字会保持不变。",
      },
    },
    next: "把 replicas 改为 2。一共会创建几个 Pod？",
  },
  "scale": {
    title: "Deployment 的扩缩容",
    intro: [
      "扩缩容就是修改 spec.replicas。Deployment 把这个数字交给它的 ReplicaSet，由后者创建或删除 Pod。",
      "20 秒后，副本数由三个变为一个，方式与 kubectl apply 相同。",
    ],
    questions: {
      created: {
        ask: "到最后，一共创建了几个 Pod？",
        why: "三个。缩容不会创建 Pod，留下来的 Pod 也不会重启。",
      },
      deleted: {
        ask: "删除了几个 Pod？",
        why: "比 spec.replicas 多出几个，就删除几个。",
      },
      replicaSets: {
        ask: "Deployment 一共创建了几个 ReplicaSet？",
        why: "每个 Pod 模板对应一个 ReplicaSet，副本数不属于模板。",
      },
      victims: {
        ask: "缩容时，哪些 Pod 先被删除？",
        choices: {
          "unready": "没有运行或未就绪的",
          "oldest": "最早创建的",
          "random": "随机选择",
        },
        why: "用处最小的先删：还没有分配节点的、没有运行的、未就绪的；然后再看删除代价与存在时间。",
      },
    },
    next: "把开始时的 replicas 改为 5。会删除几个？",
  },
  "roll": {
    title: "滚动更新",
    intro: [
      "模板变了，Pod 也要换：Deployment 会创建新的 ReplicaSet，把副本一步一步地转移过去。默认情况下，Pod 总数最多可以比期望数多四分之一（向上取整），不可用的 Pod 最多四分之一（向下取整）。",
      "20 秒后，三个副本的命令发生改变。",
    ],
    questions: {
      replicaSets: {
        ask: "到最后，Deployment 一共创建了几个 ReplicaSet？",
        why: "每个模板对应一个。旧的 ReplicaSet 副本数为 0，但会保留下来，以便回滚。",
      },
      pods: {
        ask: "一共创建了几个 Pod？",
        why: "旧模板三个，新模板三个。Pod 不是被修改，而是被替换。",
      },
      most: {
        ask: "不算正在删除的，同一时刻最多有几个 Pod？",
        why: "三个，再加上一个超出的（maxSurge）：三的四分之一，向上取整为一。",
      },
      first: {
        ask: "有了新的 ReplicaSet 之后，先发生什么？",
        choices: { createPod: "创建一个新的 Pod", deletePod: "删除一个旧的 Pod" },
        why:
          "三的四分之一，向下取整为零：不允许有不可用的 Pod。所以新的 Pod 可用之后，旧的才能删除。",
      },
    },
    next: "把 spec.strategy.type 设为 Recreate。同一时刻最多有几个 Pod？",
  },
  "deployment-policy": {
    title: "Deployment 拒绝 Never",
    intro: [
      "并不是每种重启策略都适用于每种对象。独立的 Pod 三种都可以用，Job 可以用 OnFailure 与 Never；而 Deployment 要求它的 Pod 始终运行。",
      "下面这个 Deployment 的模板里，restartPolicy 是 Never。",
    ],
    questions: {
      verdict: {
        ask: "这份清单会怎样？",
        choices: { accepted: "被接受", refused: "被拒绝" },
        why: "Deployment 的模板只接受 Always。API 服务器会用同样的话拒绝它，podling 也一样。",
      },
      status: {
        ask: "podling run 的退出状态是多少？",
        why: "125：清单无效，结果不是由工作负载决定的。",
      },
      started: {
        ask: "启动了几个容器？",
        why: "一个也没有：在启动任何东西之前就发现了错误。",
      },
    },
    next: "删除 restartPolicy 那一行：默认值是什么？现在会怎样？",
  },
};
