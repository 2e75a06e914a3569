/** The rules that lessons explain by, in Chinese; pure. */

/** Sentences by the ids of rules. */
export const chineseRules: Readonly<Record<string, string>> = {
  "R-BACKOFF-1": "退避从 10 秒开始，每次加倍，最多五分钟。",
  "R-BACKOFF-3":
    "各次重启之前依次等待 0、10、20、40、80、160、300、300……秒，从上一次运行结束时算起。",
  "R-BACKOFF-4": "容器运行超过十分钟之后，退避重新从零开始。",
  "R-BACKOFF-6": "每次重启都有退避，失败之后如此，成功之后也如此。",
  "R-DELETE-4": "Terminating 是 Pod 正在被删除时的显示方式，不是阶段。",
  "R-DEPLOY-1": "Deployment 用过的每个模板各有一个 ReplicaSet；当前模板还没有时，就创建一个。",
  "R-DEPLOY-5":
    "滚动更新所要求的 Pod 总数不会超过 replicas 与 maxSurge 之和；百分比换算时，maxSurge 向上取整，maxUnavailable 向下取整，如果两者都是 0，则允许一个不可用。",
  "R-DEPLOY-6":
    "滚动更新会移除旧的 Pod，先移除不可用的，同时保证可用的 Pod 不少于 replicas 减去 maxUnavailable。",
  "R-EXIT-1": "退出码是程序自己的退出码；如果程序被信号 n 终止，则是 128 + n。",
  "R-EXIT-2": "退出码 128 表示程序无法启动；126 与 127 来自容器里的 shell。",
  "R-EXIT-3": "原因 OOMKilled 表示容器内存不足；仅凭退出码 137 不能说明这一点。",
  "R-FOLK-5": "崩溃循环中的 Pod 是 Running；如果陷入循环的是初始化容器，则是 Pending。",
  "R-FOLK-19": "对初始化容器来说，Always 与 OnFailure 的作用相同。",
  "R-INIT-4": "初始化容器成功之后，启动下一个；失败之后，策略允许就重启它，否则 Pod 失败。",
  "R-INIT-6":
    "已经成功的初始化容器，在同一个沙箱里不会再次运行；失败的初始化容器，在 Always 与 OnFailure 下会重试，在 Never 下则使 Pod 失败。",
  "R-INIT-8": "初始化容器一次只运行一个；最后一个成功之后，主容器才启动。",
  "R-PHASE-1": "Pod 的阶段只取决于它的规约与各容器的状态。",
  "R-PHASE-4":
    "初始化容器最终失败，为 Failed；还有容器尚未启动，为 Pending；有容器正在运行或还会再启动，为 Running；其余情况下，所有主容器都以 0 退出为 Succeeded，否则为 Failed。",
  "R-PHASE-5":
    "只要有一个主容器失败，Pod 就是 Failed，与结束的先后无关；崩溃循环中的 Pod 是 Running。",
  "R-PHASE-6": "仅在 OnFailure 之下，Pod 只会因外部原因失败：删除、期限或驱逐。",
  "R-PHASE-8":
    "被删除的 Pod，如果所有主容器都以退出码 0 响应停止信号，则为 Succeeded，否则为 Failed。",
  "R-PRINT-6": "正在删除的 Pod 在阶段成为终态之前显示为 Terminating；节点失联时显示为 Unknown。",
  "R-PROBE-6": "容器每次开始运行时都未就绪、视为存活；如果有启动探针，则视为尚未启动完成。",
  "R-PROBE-7": "探测结果连续达到 failureThreshold 次或 successThreshold 次，才算数。",
  "R-PROBE-15": "存活探针或启动探针失败，容器会被杀死；就绪探针失败，只是把它移出服务。",
  "R-RESTART-1":
    "没有自己策略的容器，由 Pod 的重启策略决定：Always 总是重启，OnFailure 在退出码不为 0 时重启，Never 从不重启。",
  "R-RS-1": "ReplicaSet 缺少几个 Pod，就按模板创建几个；已经结束的、正在删除的 Pod 不计入数量。",
  "R-RS-2": "ReplicaSet 多出几个 Pod，就删除几个。",
  "R-RS-3":
    "Pod 多于所需时，按以下次序先删除：没有节点的、没有运行的、未就绪的、删除代价较低的、所在节点上同类较多的、就绪时间较短的、重启次数较多的、较新的；时间按二的幂比较。",
  "R-SANDBOX-3": "新的沙箱会启动所有主容器，OnFailure 之下已经成功的除外。",
  "R-SANDBOX-5": "新的沙箱会重新运行所有初始化容器，然后启动主容器。",
  "R-SANDBOX-11":
    "pause 进程持有 Pod 的网络、IPC 与主机名命名空间：每个容器都加入其中，所有容器结束之后它们依然存在。",
  "R-SANDBOX-12":
    "设置 shareProcessNamespace 之后，pause 进程是所有容器的 PID 1，并回收父进程已经结束的进程。",
  "R-SIDECAR-1": "边车容器运行起来、并且启动探针（如果有）成功之后，下一个容器就启动。",
  "R-SIDECAR-7": "边车容器不会让 Pod 一直存活：所有主容器结束之后，它们会被停止。",
  "R-SIDECAR-8": "边车容器的退出码不影响 Pod 的结果。",
  "R-TERM-3": "停止容器的步骤是：preStop 钩子，然后是停止信号，宽限期过后是 SIGKILL。",
  "R-VALID-82":
    "Deployment、ReplicaSet、StatefulSet 与 DaemonSet 的模板，restartPolicy 只能是 Always，并且不能设置 activeDeadlineSeconds。",
  "R-VOL-2": "emptyDir 开始时是空的，由 Pod 的各容器共享，容器重启之后仍然存在。",
  "R-VOL-4": "ConfigMap、Secret 与 Downward API 的文件是只读的，更新时一起改变。",
  "R-VOL-11": "卷只对挂载了它的容器可见，对其他容器不可见。",
  "R-WORKER-2": "已经开始结束的 Pod 不会再恢复，不论重启策略是什么。",
};
