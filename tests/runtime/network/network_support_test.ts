/** What decides about pod networks, and what doctor says of it. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import {
  chooseOutbound,
  describeNetwork,
  type NetworkSupport,
  type OutboundFacts,
} from "../../../src/runtime/network/network_support.ts";

const all = { slirp4netns: "/s", pasta: "/p", nft: "/n", tun: "open" } as const;

const choices: [name: string, facts: OutboundFacts, outbound: string[], reason?: RegExp][] = [
  ["the one that needs least", all, ["slirp4netns", "pasta"]],
  ["pasta alone", { pasta: "/p", nft: "/n", tun: "open" }, ["pasta"]],
  ["nothing of pasta without nft", { pasta: "/p", tun: "open" }, [], /nft cannot be found/],
  [
    "nothing where there is neither",
    { nft: "/n", tun: "open" },
    [],
    /neither slirp4netns nor pasta/,
  ],
  ["nothing without a device", { ...all, tun: "missing" }, [], /there is no \/dev\/net\/tun/],
  ["nothing with a closed one", { ...all, tun: "forbidden" }, [], /not accessible for this user/],
];
for (const [name, facts, outbound, reason] of choices) {
  Deno.test(`chooseOutbound() takes ${name}`, () => {
    const choice = chooseOutbound(facts);
    deepEqual(choice.outbound, outbound);
    equal(reason?.test(`${choice.outboundRefusal?.reason}`), reason && true);
    equal((choice.outboundRefusal === undefined) === (reason === undefined), true);
  });
}

const support: NetworkSupport = {
  outbound: ["slirp4netns"],
  reachableFromHost: true,
  tools: {
    ...{ sh: "/sh", setsid: "/setsid", nsenter: "/nsenter", unshare: "/unshare" },
    ...{ mount: "/mount", sleep: "/sleep", ip: "/ip" },
  },
};

const reports: [name: string, facts: Partial<NetworkSupport>, rows: string[]][] = [
  ["root", {}, [
    "pod network: yes: a network namespace and an address for each pod, reached by any program of this machine",
    "outbound traffic: yes: of pods with their own network: slirp4netns",
    "Services: yes: reached from Pods by name and address, from the machine by node ports",
  ]],
  ["an ordinary user", { reachableFromHost: false }, [
    "pod network: partly: a network namespace and an address for each pod; other programs reach it through host ports",
    "outbound traffic: yes: of pods with their own network: slirp4netns",
    "Services: partly: reached from Pods by name and address, from the machine by node ports for TCP alone",
  ]],
  [
    "a machine without a way out",
    { outbound: [], outboundRefusal: { reason: "there is none", remedy: "make one" } },
    [
      "pod network: yes: a network namespace and an address for each pod, reached by any program of this machine",
      "outbound traffic: no: of pods with their own network: there is none; make one",
      "Services: yes: reached from Pods by name and address, from the machine by node ports",
    ],
  ],
  ["a machine without ip", { refusal: { reason: "no ip", remedy: "install it" } }, [
    "pod network: no: no ip; install it",
    "Services: yes: reached from Pods by name and address, from the machine by node ports",
  ]],
  ["an ordinary user without ip", {
    refusal: { reason: "no ip", remedy: "install it" },
    reachableFromHost: false,
  }, [
    "pod network: no: no ip; install it",
    "Services: partly: reached by address alone, on ports of 1024 and above, of the machine's loopback; install it",
  ]],
];
for (const [name, facts, rows] of reports) {
  Deno.test(`describeNetwork() describes ${name}`, () => {
    const described = describeNetwork({ ...support, ...facts }).map((
      { name, status, detail, remedy },
    ) => `${name}: ${status}: ${detail}${remedy === undefined ? "" : `; ${remedy}`}`);
    deepEqual(described, rows);
  });
}
