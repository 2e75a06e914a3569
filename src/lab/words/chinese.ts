/** What the lab says, in Chinese; pure. */
import type { LabWords } from "./words.ts";

/** The words of the lab in Chinese. */
export const chineseWords: LabWords = {
  listTitle: "Pod 实验课：先预测，再真实运行，然后看原因",
  listPrompt: "输入课程的编号或名称（回车：第一课；q：退出）> ",
  listHint: [
    "在终端里运行 podling lab 名称，会先请你预测，再运行这一课。",
    "podling lab --all --answers 用正确答案运行全部课程。",
  ],
  noSuchLesson: (typed) => `没有名为 ${typed} 的课程。`,
  heading: (number, count, name) => `第 ${number} 课（共 ${count} 课）：${name}`,
  manifest: "清单",
  applied: (at) => `${at} 后应用的改动`,
  changes: (options) => `运行选项：${options.join(" ")}`,
  predictions: "你的预测",
  predictionHint: "直接按回车跳过一题，q 退出。",
  numberPrompt: "输入数字 > ",
  choicePrompt: (count) => `1 到 ${count} > `,
  notAnswer: (typed) => `${typed} 不在可选的答案之中。`,
  running: (speed) =>
    speed === "1"
      ? "正在用真实的进程运行……（回车结束运行）"
      : `正在用真实的进程运行，等待过程加速 ${speed} 倍……（回车结束运行）`,
  simulating: "正在虚拟时钟上运行……",
  output: "容器的输出",
  moreLines: (count) => `……还有 ${count} 行`,
  happened: "运行过程",
  nothingHappened: "没有启动任何容器。",
  grades: "你的预测与运行结果",
  right: "正确",
  wrong: (predicted) => `你的答案是 ${predicted}`,
  noPrediction: "没有预测",
  unseen: "运行没有进行到这一步",
  notShown: "知识题，无需运行",
  score: (right, asked) => `${asked} 个预测，答对 ${right} 个`,
  because: (facts) => `本次运行中：${facts}`,
  tryNext: (what) => `接下来试试：${what}`,
  rule: (id, text) => `${id}：${text}`,
  sameRule: (id, number) => `${id}：同第 ${number} 题`,
  edited: "这是你修改过的清单：以运行结果为准，由实际发生的事实来解释。",
  limited: "运行在自行结束之前就被终止了。",
  differs: (speed) =>
    `运行结果与本课所说不一致。机器繁忙时可能跟不上 --speed ${speed}，请用更小的值再试一次。`,
  needsSandbox: (reason) => `本课需要沙箱，而这台机器或这次运行没有沙箱：${reason}`,
  menu: (next) => [
    next === undefined ? "回车  返回课程列表" : `回车  下一课：${next}`,
    "a     再来一次",
    "e     修改清单并运行",
    "l     课程列表",
    "q     退出",
  ],
  noEditor: (file) => `没有设置 VISUAL 或 EDITOR。请在另一个窗口里修改 ${file}，然后按回车。`,
  editorFailed: (command, code) => `${command} 以退出状态 ${code} 结束，清单保持不变。`,
  finished: "这是最后一课。podling experiment 可以按你的设想列出各种结果。",
  goodbye: "没有留下任何运行中的东西。",
  result: {
    ok: "通过",
    failed: "不符",
    skipped: "跳过",
    answers: (right, asked) => `${asked} 个答案中有 ${right} 个与课程所说一致`,
    difference: (name, expected, seen) => `${name}：应为 ${expected}，实际是 ${seen}`,
    slower: (speed) => `第二次尝试，--speed ${speed}`,
    total: (as, run, skipped) =>
      `运行 ${run} 课，其中 ${as} 课与所说一致` + (skipped === 0 ? "" : `，另跳过 ${skipped} 课`),
  },
};
