import { type Fields, type Row, SUBDOMAIN, testRows } from "../errors_of.ts";

const c = "spec.containers[0]";
const x = "spec.securityContext";
const WINDOWS = "Forbidden: cannot be set for a windows pod";

function user(runAsUserName: string): Fields {
  return { spec: { securityContext: { windowsOptions: { runAsUserName } } } };
}

const rows: readonly Row[] = [
  ["R-VALID-73", "no Windows options for Linux", {
    spec: {
      os: { name: "linux" },
      securityContext: { windowsOptions: {} },
      containers: [{ name: "c", image: "i", securityContext: { windowsOptions: {} } }],
    },
  }, [
    `${x}.windowsOptions: Forbidden: windows options cannot be set for a linux pod`,
    `${c}.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod`,
  ]],
  ["R-VALID-73", "a plain Windows Pod", { spec: { os: { name: "windows" } } }, []],
  ["R-VALID-73", "what Windows does not have, in its order", {
    spec: {
      os: { name: "windows" },
      hostUsers: true,
      hostPID: true,
      hostIPC: false,
      shareProcessNamespace: false,
      resources: { limits: { cpu: "1" } },
      securityContext: {
        supplementalGroups: [1],
        runAsUser: 1,
        fsGroup: 1,
        sysctls: [],
        seccompProfile: { type: "RuntimeDefault" },
        appArmorProfile: { type: "RuntimeDefault" },
      },
      containers: [{
        name: "c",
        image: "i",
        securityContext: { runAsUser: 1, privileged: false, capabilities: {} },
      }],
    },
  }, [
    `${x}.appArmorProfile: ${WINDOWS}`,
    `spec.hostUsers: ${WINDOWS}`,
    `spec.hostPID: ${WINDOWS}`,
    `${x}.seccompProfile: ${WINDOWS}`,
    `${x}.fsGroup: ${WINDOWS}`,
    `spec.shareProcessNamespace: ${WINDOWS}`,
    `${x}.runAsUser: ${WINDOWS}`,
    `${x}.supplementalGroups: ${WINDOWS}`,
    `${c}.securityContext.capabilities: ${WINDOWS}`,
    `${c}.securityContext.privileged: ${WINDOWS}`,
    `${c}.securityContext.runAsUser: ${WINDOWS}`,
    "spec.resources: Forbidden: may not be set for a windows pod",
  ]],
  ...([
    ["", "runAsUserName cannot be an empty string"],
    ["a\tb", "runAsUserName cannot contain control characters"],
    ["a\\b\\c", "runAsUserName cannot contain more than one backslash"],
    ["a\\", "runAsUserName's User cannot be empty"],
    ["a".repeat(105), "runAsUserName's User length must not be longer than 104 characters"],
    [". .", "runAsUserName's User cannot contain only periods or spaces"],
    [
      "a@b",
      "runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]",
    ],
    [".x\\b", "runAsUserName's Domain doesn't match the NetBios nor the DNS format"],
  ] as const).map(([name, detail]): Row => [
    "R-VALID-73",
    `no user of Windows is called ${JSON.stringify(name)}`,
    user(name),
    [`${x}.windowsOptions.runAsUserName: Invalid value: ${JSON.stringify(name)}: ${detail}`],
  ]),
  ["R-VALID-73", "a user of a domain", user("example.com\\me"), []],
  ["R-VALID-73", "credentials", {
    spec: {
      securityContext: {
        windowsOptions: { gmsaCredentialSpecName: "A_b", gmsaCredentialSpec: "" },
      },
    },
  }, [
    `${x}.windowsOptions.gmsaCredentialSpecName: Invalid value: "A_b": ${SUBDOMAIN}`,
    `${x}.windowsOptions.gmsaCredentialSpec: Invalid value: "": gmsaCredentialSpec cannot be an empty string`,
  ]],
  ["R-VALID-73", "processes of the Windows host are all there is", {
    spec: {
      securityContext: { windowsOptions: { hostProcess: true } },
      containers: [{
        name: "c",
        image: "i",
        securityContext: { windowsOptions: { hostProcess: false } },
      }, { name: "d", image: "i" }],
    },
  }, [
    `${c}.securityContext.windowsOptions.hostProcess: Invalid value: false: pod hostProcess value must be identical if both are specified, was true`,
    'spec: Invalid value: "": If pod contains any hostProcess containers then all containers must be HostProcess containers',
    "spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers",
  ]],
  ["R-VALID-62", "devices are the node's", {
    spec: {
      hostUsers: false,
      volumes: [{ name: "v", persistentVolumeClaim: { claimName: "x" } }],
      containers: [{
        name: "c",
        image: "i",
        volumeDevices: [{ name: "v", devicePath: "/dev/x" }],
      }],
    },
  }, [`${c}.volumeDevices: Forbidden: when \`hostUsers\` is false`]],
  ["R-VALID-63", "a label of SELinux is set file by file", {
    spec: { securityContext: { seLinuxChangePolicy: "MountOption" } },
  }, [`${x}.seLinuxChangePolicy: Unsupported value: "MountOption": supported values: "Recursive"`]],
];

testRows(rows);
