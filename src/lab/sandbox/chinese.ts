/** The words of the lessons about the sandbox, in Chinese; pure. */
import type { TextsOf } from "../lesson/lesson_text.ts";
import type { sandboxLessons } from "./lessons.ts";

/** By the names of the lessons. */
export const sandboxChinese: TextsOf<typeof sandboxLessons> = {
  "pause": {
    title: "pause 进程做什么",
    intro: [
      "在 Pod 的任何容器启动之前，先有它的沙箱；沙箱里只有一个几乎什么都不做的进程：pause。它持有 Pod 的各个命名空间，容器可以在其中来来去去。",
      "设置 shareProcessNamespace 之后，容器之间可以看到彼此的进程，而 pause 是其中的第一个进程。下面的容器先查看 PID 1 是谁，再制造一个僵尸进程（已经退出、但父进程没有回收的进程），然后结束它的父进程，数一数还剩几个僵尸进程。最后它以退出码 1 退出，被重启后，把自己的 IPC 命名空间与第一次运行时的进行比较。",
    ],
    questions: {
      first: {
        ask: "在容器里，PID 1 是哪个进程？",
        choices: { sh: "容器自己的 shell", init: "宿主机的 init" },
        why:
          "PID 命名空间属于沙箱，pause 最先进入其中。如果不设置 shareProcessNamespace，每个容器都有自己的 PID 命名空间，容器的程序就是其中的 PID 1。",
      },
      zombies: {
        ask: "父进程结束之后，还剩几个僵尸进程？",
        why: "僵尸进程被过继给 PID 1。只要有子进程退出，pause 就会回收它，所以僵尸进程不会留下来。",
      },
      namespaces: {
        ask: "容器重启之后，它所在的命名空间是？",
        choices: { same: "与之前相同", new: "全新的" },
        why: "命名空间由 pause 持有，而 pause 一直在运行。只有 pause 结束了，沙箱才算结束。",
      },
      restarts: {
        ask: "容器会重启几次？",
        why: "第一次运行以 1 退出，OnFailure 会重启它；第二次以 0 退出，就不再重启。",
      },
    },
    next: "把 shareProcessNamespace 改为 false：这时 PID 1 是谁？为什么命名空间仍然没有变？",
  },
  "network": {
    title: "同一个 Pod 的容器共享网络",
    intro: [
      "一个 Pod 的所有容器共享同一个网络命名空间：同一个 IP 地址、同一组端口、同一个回环设备。它们不需要 Service，通过 127.0.0.1 就能互相访问。",
      "在名为 shop 的 Pod 里，server 监听 127.0.0.1:8080，client 去访问它。在名为 stranger 的 Pod 里，同样的 client 访问同样的地址。server 是边车容器（restartPolicy 为 Always 的初始化容器）。这里每个 Pod 只有回环设备（--network none）。",
    ],
    questions: {
      neighbour: {
        ask: "shop 里的 client 访问 127.0.0.1:8080，会得到什么？",
        choices: { hello: "应答 hello", refused: "连接被拒绝" },
        why: "两个容器都在 Pod 沙箱持有的网络命名空间里，对它们来说 127.0.0.1 是同一个设备。",
      },
      stranger: {
        ask: "stranger 里的 client 访问同样的地址呢？",
        choices: { hello: "应答 hello", refused: "连接被拒绝" },
        why:
          "另一个 Pod 有另一个沙箱，也就有另一个网络命名空间：那里的 8080 端口上没有程序在监听。",
      },
      phase: {
        ask: "server 本身会一直运行。client 以 0 退出之后，名为 shop 的 Pod 处于哪个阶段？",
        why:
          "边车容器不会让 Pod 一直存活。所有主容器结束之后，边车容器会被停止，它们的退出码不影响结果。",
      },
    },
    next:
      "让 server 监听 8081 端口：client 会不断重试，直到你结束这次运行。如果 client 也改为访问 8081 呢？",
  },
  "storage": {
    title: "容器结束后依然存在的存储",
    intro: [
      "容器每次启动时，文件系统都是全新的，上一次运行写下的内容已经不在了。卷则属于 Pod：emptyDir 在 Pod 开始时是空的，由 Pod 的各个容器共享，直到 Pod 消失才被清除。",
      "容器 writer 每次运行都向卷里写一行，也向自己的 /tmp 写一行；卷里不足三行时，它就以失败告终。容器 reader 把同一个卷挂载到另一个路径，等待这三行出现。",
    ],
    questions: {
      volume: {
        ask: "writer 最后一次运行时，卷里有几行？",
        why: "容器不论重启几次，卷都还在：每次运行留下一行。",
      },
      reader: {
        ask: "reader 最后看到几行？",
        why: "两个容器挂载的是同一个卷，挂载路径可以各不相同。",
      },
      own: {
        ask: "writer 最后一次运行时，/tmp 里有几行？",
        why: "卷以外的文件，每次运行都从头开始，只能看到自己写的那一行。",
      },
      restarts: {
        ask: "writer 会重启几次？",
        why: "前两次运行失败，OnFailure 每次都会重启它；第三次成功。",
      },
      phase: {
        ask: "Pod 最后处于哪个阶段？",
        why: "两个容器都以 0 退出，并且不会再启动。之前的失败不计入结果。",
      },
    },
    next: "把 writer 的卷挂载到 /tmp 而不是 /data，并修改相应的路径。这时有几行？",
  },
  "secret": {
    title: "只有初始化容器能看到的 Secret",
    intro: [
      "卷只对挂载了它的容器可见。因此，初始化容器可以使用应用永远看不到的密码：它负责登录，只把令牌交给应用。",
      "下面的 login 挂载了 Secret，app 没有挂载。在这里，一个 Pod 的所有容器共享一个工作目录，login 把令牌放在那里。",
    ],
    questions: {
      init: {
        ask: "初始化容器数出密码有几个字符？",
        why: "Secret 的值就是卷里名为 password 的文件，逐字节相同，末尾没有换行符。",
      },
      app: {
        ask: "app 在 /etc/credentials/password 会看到什么？",
        choices: { readable: "密码", "not there": "什么都没有" },
        why:
          "app 没有挂载这个卷，它的文件系统里没有这个路径；而内存里有过密码的 login 已经结束了。",
      },
      order: {
        ask: "容器按什么顺序启动？",
        why: "最后一个初始化容器成功之后，主容器才会启动。",
      },
    },
    next:
      "给 app 加一个环境变量 PASSWORD，用 valueFrom.secretKeyRef 取值：app 现在能看到什么？这样做还有意义吗？",
  },
};
