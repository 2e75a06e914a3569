import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { defaultPod } from "../../../../src/api/defaults.ts";
import { formatInvalidObject } from "../../../../src/api/types/errors.ts";
import { validatePod } from "../../../../src/api/validate/validate.ts";
import {
  type Fields,
  LABEL,
  LABEL_VALUE,
  podOf,
  QNAME,
  type Row,
  SUBDOMAIN,
  testRows,
} from "../errors_of.ts";

const LABEL_KEY = QNAME.replace("name part ", "");
const CONFIG_KEY =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const ENVNAME =
  "a valid environment variable name must consist only of printable ASCII characters other than '='";
const PORTNUM = "must be between 1 and 65535, inclusive";
const NONNEG = "must be greater than or equal to 0";
const ONEHANDLER = "may not specify more than 1 handler type";
const PROBEFORBID = "may not be set for init containers without restartPolicy=Always";
const BYTES = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";

const c = "spec.containers[0]";
const i = "spec.initContainers[0]";
const p = `${c}.livenessProbe`;
const v = "spec.volumes[0]";

const rows: readonly Row[] = [
  ["R-VALID-6", "a name has to be there", { metadata: {} }, [
    "metadata.name: Required value: name or generateName is required",
  ]],
  ["R-VALID-7", "a Pod's name is a subdomain", { metadata: { name: "A_b" } }, [
    `metadata.name: Invalid value: "A_b": ${SUBDOMAIN}`,
  ]],
  ["R-VALID-7", "dots are fine in a Pod's name", { metadata: { name: "a.b" } }, []],
  ["R-VALID-7", "a Pod's name ends after 253", { metadata: { name: "a".repeat(254) } }, [
    `metadata.name: Invalid value: "${"a".repeat(254)}": must be no more than 253 characters`,
  ]],
  ["R-VALID-8", "a namespace is a label", { metadata: { name: "p", namespace: "A" } }, [
    `metadata.namespace: Invalid value: "A": ${LABEL}`,
  ]],
  ["R-VALID-8", "a namespace has no dots", { metadata: { name: "p", namespace: "a.b" } }, [
    'metadata.namespace: Invalid value: "a.b": must not contain dots',
  ]],
  ["R-VALID-9", "a label's value has a form", labels({ a: "x y", b: "" }), [
    `metadata.labels: Invalid value: "x y": ${LABEL_VALUE}`,
  ]],
  ["R-VALID-9", "a label's value ends after 63", labels({ a: "a".repeat(64) }), [
    `metadata.labels: Invalid value: "${"a".repeat(64)}": must be no more than 63 bytes`,
  ]],
  ["R-VALID-9", "a label's key is a qualified name", labels({ "/-": "" }), [
    'metadata.labels: Invalid value: "/-": prefix part must be non-empty',
    `metadata.labels: Invalid value: "/-": name part ${LABEL_KEY}`,
  ]],
  ["R-VALID-9", "a label's key has one slash", labels({ "a/b/c": "" }), [
    `metadata.labels: Invalid value: "a/b/c": a valid label key ${LABEL_KEY} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
  ]],
  ["R-VALID-1", "annotations have keys and a size", {
    metadata: { name: "p", annotations: { "Example.COM/Ok": "", " ": "a".repeat(262144) } },
  }, [
    `metadata.annotations: Invalid value: " ": name part ${LABEL_KEY}`,
    "metadata.annotations: Too long: may not be more than 262144 bytes",
  ]],
  ["R-VALID-10", "a Pod has a container", { spec: { containers: [] } }, [
    "spec.containers: Required value",
  ]],
  ["R-VALID-11", "a container has a name", main({ name: "" }), [`${c}.name: Required value`]],
  ["R-VALID-12", "a container's name is a label", main({ name: "a_b" }), [
    `${c}.name: Invalid value: "a_b": ${LABEL}`,
  ]],
  ["R-VALID-12", "a container's name has no dots", main({ name: "a.b" }), [
    `${c}.name: Invalid value: "a.b": must not contain dots`,
  ]],
  ["R-VALID-12", "a container's name ends after 63", main({ name: "a".repeat(64) }), [
    `${c}.name: Invalid value: "${"a".repeat(64)}": must be no more than 63 characters`,
  ]],
  ["R-VALID-13", "two mains have two names", {
    spec: { containers: [{ name: "x", image: "i" }, { name: "x", image: "i" }] },
  }, ['spec.containers[1].name: Duplicate value: "x"']],
  ["R-VALID-13", "an init container with a main's name is blamed", init({ name: "c" }), [
    `${i}.name: Duplicate value: "c"`,
  ]],
  ["R-VALID-14", "an image has to be there", main({ image: "" }), [`${c}.image: Required value`]],
  ["R-VALID-14", "an image has no blanks around it", main({ image: " x" }), [
    `${c}.image: Invalid value: " x": must not have leading or trailing whitespace`,
  ]],
  ["R-VALID-15", "a restart policy is one of three", { spec: { restartPolicy: "X" } }, [
    'spec.restartPolicy: Unsupported value: "X": supported values: "Always", "OnFailure", "Never"',
  ]],
  ["R-VALID-16", "a container's restart policy is one of three", main({ restartPolicy: "X" }), [
    `${c}.restartPolicy: Unsupported value: "X": supported values: "Always", "Never", "OnFailure"`,
  ]],
  [
    "R-VALID-16",
    "an init container may have any of the three",
    init({ restartPolicy: "Never" }),
    [],
  ],
  ["R-VALID-17", "rules need a policy", main({ restartPolicyRules: [rule(1)] }), [
    `${c}.restartPolicy: Required value: must specify restartPolicy when restart rules are used`,
  ]],
  ["R-VALID-17 R-FOLK-22", "a main may have a policy and rules of its own", restart([rule(1)]), []],
  [
    "R-VALID-17 R-FOLK-10",
    "a sidecar may have rules too",
    init({ restartPolicy: "Always", restartPolicyRules: [rule(1)] }),
    [],
  ],
  ["R-VALID-18", "20 rules are the most", restart(Array(21).fill(rule(1))), [
    `${c}.restartPolicyRules: Too many: 21: must have at most 20 items`,
  ]],
  ["R-VALID-18", "255 exit codes are the most", restart([rule(...Array(256).fill(1))]), [
    `${c}.restartPolicyRules[0].exitCodes.values: Too many: 256: must have at most 255 items`,
  ]],
  ["R-VALID-19", "a rule's action", restart([{ ...rule(1), action: "X" }]), [
    `${c}.restartPolicyRules[0].action: Unsupported value: "X": supported values: "Restart", "RestartAllContainers"`,
  ]],
  ["R-VALID-20", "a rule's condition", restart([{ action: "Restart" }]), [
    `${c}.restartPolicyRules[0].exitCodes: Required value: must be specified`,
  ]],
  [
    "R-VALID-20",
    "a rule's operator",
    restart([{ action: "Restart", exitCodes: { operator: "Equals", values: [1] } }]),
    [`${c}.restartPolicyRules[0].exitCodes.operator: Unsupported value: "Equals": supported values: "In", "NotIn"`],
  ],
  [
    "R-VALID-5 R-VALID-21 R-FOLK-9",
    "a regular init container has no hooks or probes",
    init({
      lifecycle: {},
      livenessProbe: sleepProbe(),
      readinessProbe: sleepProbe(),
      startupProbe: sleepProbe(),
    }),
    ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"].map((key) =>
      `${i}.${key}: Forbidden: ${PROBEFORBID}`
    ),
  ],
  [
    "R-VALID-21",
    "a sidecar has probes, and they are looked at",
    init({ restartPolicy: "Always", livenessProbe: {} }),
    [`${i}.livenessProbe: Required value: must specify a handler type`],
  ],
  ["R-VALID-22", "terminationMessagePolicy", main({ terminationMessagePolicy: "X" }), [
    `${c}.terminationMessagePolicy: Unsupported value: "X": supported values: "File", "FallbackToLogsOnError"`,
  ]],
  ["R-VALID-23", "imagePullPolicy", main({ imagePullPolicy: "X" }), [
    `${c}.imagePullPolicy: Unsupported value: "X": supported values: "Always", "IfNotPresent", "Never"`,
  ]],
  ["R-VALID-24", "a deadline is 1 second or more", { spec: { activeDeadlineSeconds: 0 } }, [
    "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
  ]],
  ["R-VALID-25", "hostname and subdomain", { spec: { hostname: "A", subdomain: "b.c" } }, [
    `spec.hostname: Invalid value: "A": ${LABEL}`,
    'spec.subdomain: Invalid value: "b.c": must not contain dots',
  ]],
  ["R-VALID-26", "hostnameOverride ends after 64", {
    spec: { hostnameOverride: "a".repeat(65) },
  }, ["spec.hostnameOverride: Too long: may not be more than 64 bytes"]],
  ["R-VALID-26", "hostnameOverride in its order", {
    spec: { hostnameOverride: "A".repeat(65), hostNetwork: true },
  }, [
    "spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true",
    "spec.hostnameOverride: Too long: may not be more than 64 bytes",
    `spec.hostnameOverride: Invalid value: "${"A".repeat(65)}": ${SUBDOMAIN}`,
  ]],
  ["R-VALID-26", "hostnameOverride needs a name of the Pod's own", {
    spec: { hostnameOverride: "a", hostNetwork: true, setHostnameAsFQDN: true },
  }, [
    "spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true",
    "spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true",
  ]],
  ["R-VALID-27", "hostAliases", {
    spec: {
      hostAliases: [{ ip: "1.2.3", hostnames: ["a.b", "A"] }, { ip: "::1" }, { ip: "10.0.0.1" }],
    },
  }, [
    'spec.hostAliases[0].ip: Invalid value: "1.2.3": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    `spec.hostAliases[0].hostnames[1]: Invalid value: "A": ${SUBDOMAIN}`,
  ]],
  ["R-VALID-28", "dnsPolicy", { spec: { dnsPolicy: "X" } }, [
    'spec.dnsPolicy: Unsupported value: "X": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
  ]],
  ["R-VALID-28", "dnsPolicy None needs servers", { spec: { dnsPolicy: "None" } }, [
    "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None",
  ]],
  ["R-VALID-28", "dnsConfig", {
    spec: {
      dnsConfig: {
        nameservers: ["x", "1.1.1.1", "1.1.1.2", "1.1.1.3"],
        searches: ["a_b.c.", ".", "-"],
        options: [{ value: "1" }],
      },
    },
  }, [
    'spec.dnsConfig.nameservers: Invalid value: ["x","1.1.1.1","1.1.1.2","1.1.1.3"]: must not have more than 3 nameservers',
    'spec.dnsConfig.nameservers[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    "spec.dnsConfig.searches[2]: Invalid value: \"-\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')",
    "spec.dnsConfig.options[0]: Required value: must not be empty",
  ]],
  ["R-VALID-29", "no ephemeral container at first", {
    spec: { ephemeralContainers: [{ name: "e", image: "i" }] },
  }, ["spec.ephemeralContainers: Forbidden: cannot be set on create"]],
  ["R-VALID-31", "a port has a number", main({ ports: [{}, { containerPort: 70000 }] }), [
    `${c}.ports[0].containerPort: Required value`,
    `${c}.ports[1].containerPort: Invalid value: 70000: ${PORTNUM}`,
  ]],
  ["R-VALID-31", "a host port has a range", main({ ports: [port(1, { hostPort: -1 })] }), [
    `${c}.ports[0].hostPort: Invalid value: -1: ${PORTNUM}`,
  ]],
  ["R-VALID-32", "a port's protocol", main({ ports: [port(1, { protocol: "X" })] }), [
    `${c}.ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"`,
  ]],
  ...portNames([
    ["a".repeat(16), "must be no more than 15 characters"],
    ["aA", "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"],
    ["80", "must contain at least one letter (a-z)"],
    ["a--b", "must not contain consecutive hyphens"],
    ["a-", "must not begin or end with a hyphen"],
  ]),
  [
    "R-VALID-33",
    "a port's name is unique in its container",
    main({ ports: [port(1, { name: "web" }), port(2, { name: "web" })] }),
    [`${c}.ports[1].name: Duplicate value: "web"`],
  ],
  ["R-VALID-34", "a host port is taken once", {
    spec: {
      containers: [
        { name: "a", image: "i", ports: [port(1, { hostPort: 8080 })] },
        { name: "b", image: "", ports: [port(2, { hostPort: 8080 })] },
      ],
    },
  }, [
    "spec.containers[1].image: Required value",
    'spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//8080"',
  ]],
  ["R-VALID-35", "on the host's network a port is a host port", {
    spec: { hostNetwork: true, ...main({ ports: [port(80, { hostPort: 81 })] }).spec as Fields },
  }, [
    `${c}.ports[0].hostPort: Invalid value: 81: must match \`containerPort\` when \`hostNetwork\` is true`,
  ]],
  [
    "R-VALID-36 R-FOLK-25",
    "a variable's name",
    env({ name: "" }, { name: "a=b" }, { name: "1 .~" }, { name: "é" }, { name: "1 .~" }),
    [
      `${c}.env[0].name: Required value`,
      `${c}.env[1].name: Invalid value: "a=b": ${ENVNAME}`,
      `${c}.env[3].name: Invalid value: "é": ${ENVNAME}`,
    ],
  ],
  [
    "R-VALID-37",
    "a variable has one source",
    env(
      { name: "A", value: "x", valueFrom: fieldRef("metadata.name") },
      { name: "A", valueFrom: { ...fieldRef("metadata.name"), ...keyRef("k") } },
      { name: "A", valueFrom: {} },
    ),
    [
      `${c}.env[0].valueFrom: Invalid value: "": may not be specified when \`value\` is not empty`,
      `${c}.env[1].valueFrom: Invalid value: "": may not have more than one field specified at a time`,
      `${c}.env[2].valueFrom: Invalid value: "": must specify one of: \`fieldRef\`, \`resourceFieldRef\`, \`configMapKeyRef\`, \`secretKeyRef\` or \`fileKeyRef\``,
    ],
  ],
  [
    "R-VALID-38",
    "an unknown field",
    env({ name: "A", valueFrom: fieldRef("spec.x") }),
    [`${c}.env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.x": error converting fieldPath: field label not supported: spec.x`],
  ],
  [
    "R-VALID-38",
    "a field that no variable can hold",
    env({ name: "A", valueFrom: fieldRef("status.phase") }, {
      name: "B",
      valueFrom: fieldRef("metadata.labels"),
    }),
    ["status.phase", "metadata.labels"].map((path, n) =>
      `${c}.env[${n}].valueFrom.fieldRef.fieldPath: Unsupported value: "${path}": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"`
    ),
  ],
  [
    "R-VALID-38",
    "one label or annotation",
    env(
      { name: "A", valueFrom: fieldRef("metadata.labels['a.b/c']") },
      { name: "B", valueFrom: fieldRef("metadata.annotations['Example.com/X']") },
      { name: "C", valueFrom: fieldRef("metadata.labels['']") },
      { name: "D", valueFrom: fieldRef("metadata.name['a']") },
    ),
    [
      `${c}.env[2].valueFrom.fieldRef: Invalid value: "": name part must be non-empty`,
      `${c}.env[2].valueFrom.fieldRef: Invalid value: "": name part ${LABEL_KEY}`,
      `${c}.env[3].valueFrom.fieldRef.fieldPath: Invalid value: "metadata.name['a']": error converting fieldPath: field label does not support subscript: metadata.name['a']`,
    ],
  ],
  [
    "R-VALID-39",
    "a key",
    env({ name: "A", valueFrom: keyRef("") }, {
      name: "B",
      valueFrom: keyRef("a b"),
    }),
    [
      `${c}.env[0].valueFrom.configMapKeyRef.key: Required value`,
      `${c}.env[1].valueFrom.configMapKeyRef.key: Invalid value: "a b": ${CONFIG_KEY}`,
    ],
  ],
  [
    "R-VALID-39",
    "a key is not a folder",
    env({ name: "A", valueFrom: { secretKeyRef: { name: "s", key: ".." } } }),
    [`${c}.env[0].valueFrom.secretKeyRef.key: Invalid value: "..": must not be '..'`],
  ],
  [
    "R-VALID-40",
    "envFrom has one source",
    main({
      envFrom: [
        {},
        { configMapRef: { name: "a" }, secretRef: { name: "b" } },
        { prefix: "=", configMapRef: { name: "a" } },
        { secretRef: {} },
      ],
    }),
    [
      `${c}.envFrom: Invalid value: "": must specify one of: \`configMapRef\` or \`secretRef\``,
      `${c}.envFrom: Invalid value: "": may not have more than one field specified at a time`,
      `${c}.envFrom[2].prefix: Invalid value: "=": ${ENVNAME}`,
      `${c}.envFrom[3].secretRef.name: Required value`,
    ],
  ],
  [
    "R-VALID-41",
    "a volume's name",
    volumes({ name: "" }, { name: "A" }, { name: "v" }, { name: "v" }),
    [
      "spec.volumes[0].name: Required value",
      `spec.volumes[1].name: Invalid value: "A": ${LABEL}`,
      'spec.volumes[3].name: Duplicate value: "v"',
    ],
  ],
  [
    "R-VALID-42",
    "a volume has one source",
    volumes({ name: "v", hostPath: { path: "/x" }, emptyDir: {}, secret: { secretName: "s" } }),
    ["hostPath", "secret"].map((it) =>
      `${v}.${it}: Forbidden: may not specify more than 1 volume type`
    ),
  ],
  [
    "R-VALID-43",
    "a hostPath",
    volumes(
      { name: "a", hostPath: {} },
      { name: "b", hostPath: { path: "/a/../b" } },
      { name: "c", hostPath: { path: "/..a", type: "X" } },
    ),
    [
      "spec.volumes[0].hostPath.path: Required value",
      "spec.volumes[1].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'",
      'spec.volumes[2].hostPath.type: Unsupported value: "X": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
    ],
  ],
  [
    "R-VALID-44",
    "a mount has a volume",
    mounts({ name: "x", mountPath: "/a" }, { mountPath: "/b" }),
    [
      `${c}.volumeMounts[0].name: Not found: "x"`,
      `${c}.volumeMounts[1].name: Required value`,
      `${c}.volumeMounts[1].name: Not found: ""`,
    ],
  ],
  ["R-VALID-44", "a volume with an error is none", {
    spec: {
      volumes: [{ name: "v", hostPath: {} }],
      containers: [{
        name: "c",
        image: "i",
        volumeMounts: [{ name: "v", mountPath: "/a" }],
      }],
    },
  }, [`${v}.hostPath.path: Required value`, `${c}.volumeMounts[0].name: Not found: "v"`]],
  [
    "R-VALID-45",
    "a mount has a place of its own",
    mounts({ name: "v" }, { name: "v", mountPath: "/a" }, { name: "v", mountPath: "/a" }),
    [
      `${c}.volumeMounts[0].mountPath: Required value`,
      `${c}.volumeMounts[2].mountPath: Invalid value: "/a": must be unique`,
    ],
  ],
  [
    "R-VALID-46",
    "a subPath stays in its volume",
    mounts(
      { name: "v", mountPath: "/a", subPath: "/x" },
      { name: "v", mountPath: "/b", subPath: "x/.." },
      { name: "v", mountPath: "/c", subPath: "x", subPathExpr: "$(A)" },
    ),
    [
      `${c}.volumeMounts.subPath: Invalid value: "/x": must be a relative path`,
      `${c}.volumeMounts.subPath: Invalid value: "x/..": must not contain '..'`,
      `${c}.volumeMounts[2].subPathExpr: Invalid value: "$(A)": subPathExpr and subPath are mutually exclusive`,
    ],
  ],
  [
    "R-VALID-46",
    "propagation and recursiveReadOnly",
    mounts(
      { name: "v", mountPath: "/a", mountPropagation: "Bidirectional" },
      { name: "v", mountPath: "/b", mountPropagation: "X" },
      { name: "v", mountPath: "/c", recursiveReadOnly: "Enabled" },
      { name: "v", mountPath: "/d", recursiveReadOnly: "X" },
    ),
    [
      `${c}.volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers`,
      `${c}.volumeMounts.mountPropagation: Unsupported value: "X": supported values: "Bidirectional", "HostToContainer", "None"`,
      `${c}.volumeMounts.recursiveReadOnly: Forbidden: may only be specified when readOnly is true`,
      `${c}.volumeMounts.recursiveReadOnly: Unsupported value: "X": supported values: "Disabled", "Enabled", "IfPossible"`,
    ],
  ],
  [
    "R-VALID-46",
    "devices are claims",
    main({ volumeDevices: [{ name: "x", devicePath: "/dev/../a" }] }),
    [
      `${c}.volumeDevices[0].name: Not found: "x"`,
      `${c}.volumeDevices[0].devicePath: Invalid value: "/dev/../a": can not contain backsteps ('..')`,
    ],
  ],
  [
    "R-VALID-46",
    "a device and a mount are two things",
    {
      spec: {
        volumes: [{ name: "v" }],
        containers: [{
          name: "c",
          image: "i",
          volumeMounts: [{ name: "v", mountPath: "/a" }],
          volumeDevices: [{ name: "v", devicePath: "/a" }, { name: "v", devicePath: "/a" }],
        }],
      },
    },
    [
      `${c}.volumeMounts[0].name: Invalid value: "v": must not already exist in volumeDevices`,
      `${c}.volumeMounts[0].mountPath: Invalid value: "/a": must not already exist as a path in volumeDevices`,
      ...[0, 1].flatMap((n) => [
        ...(n === 1 ? [`${c}.volumeDevices[1].name: Invalid value: "v": must be unique`] : []),
        `${c}.volumeDevices[${n}].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode`,
        ...(n === 1
          ? [`${c}.volumeDevices[1].devicePath: Invalid value: "/a": must be unique`]
          : []),
        `${c}.volumeDevices[${n}].name: Invalid value: "v": must not already exist in volumeMounts`,
        `${c}.volumeDevices[${n}].devicePath: Invalid value: "/a": must not already exist as a path in volumeMounts`,
      ]),
    ],
  ],
  ["R-VALID-47", "a request is within its limit", resources({ cpu: "1" }, { cpu: "2" }), [
    `${c}.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`,
  ]],
  ["R-VALID-47", "no amount is negative", resources({ cpu: "-1" }, { cpu: "-1" }), [
    `${c}.resources.limits[cpu]: Invalid value: "-1": ${NONNEG}`,
    `${c}.resources.requests[cpu]: Invalid value: "-1": ${NONNEG}`,
  ]],
  ["R-VALID-47", "resources have names", resources({ gpu: "1", "example.com/gpu": "500m" }), [
    ...["limits", "requests"].flatMap((kind) => [
      `${c}.resources.${kind}[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified`,
      `${c}.resources.${kind}[gpu]: Invalid value: "gpu": must be a standard resource for containers`,
      `${c}.resources.${kind}[example.com/gpu]: Invalid value: "500m": must be an integer`,
    ]),
  ]],
  ["R-VALID-47", "devices and pages cannot be overcommitted", {
    spec: {
      containers: [
        { name: "c", image: "i", resources: { requests: { "example.com/gpu": "1" } } },
        { name: "d", image: "i", resources: { limits: { "hugepages-2Mi": "3Mi" } } },
      ],
    },
  }, [
    `${c}.resources.limits: Required value: Limit must be set for non overcommitable resources`,
    ...["limits", "requests"].map((kind) =>
      `spec.containers[1].resources.${kind}[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi`
    ),
    "spec.containers[1].resources: Forbidden: HugePages require cpu or memory",
  ]],
  ["R-VALID-47", "the Pod's amounts hold the containers'", {
    spec: {
      resources: { requests: { cpu: "1", gpu: "1" }, limits: { cpu: "1" } },
      containers: [{
        name: "c",
        image: "i",
        resources: { requests: { cpu: "1500m" }, limits: { cpu: "2" } },
      }],
    },
  }, [
    'spec.resources.requests[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified',
    'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 1500m',
    'spec.resources.containers[0][cpu].limits: Invalid value: "2": must be less than or equal to pod limits of 1',
  ]],
  ["R-VALID-48", "a probe has a handler", main({ livenessProbe: {} }), [
    `${p}: Required value: must specify a handler type`,
  ]],
  [
    "R-VALID-48",
    "a probe has one handler",
    main({ livenessProbe: { exec: { command: ["a"] }, httpGet: { port: 0 }, grpc: { port: 1 } } }),
    [`${p}.httpGet: Forbidden: ${ONEHANDLER}`, `${p}.grpc: Forbidden: ${ONEHANDLER}`],
  ],
  [
    "R-VALID-48",
    "a hook has a handler",
    main({
      lifecycle: { postStart: {}, preStop: { tcpSocket: { port: 1 }, sleep: { seconds: 1 } } },
    }),
    [
      `${c}.lifecycle.postStart: Required value: must specify a handler type`,
      `${c}.lifecycle.preStop.sleep: Forbidden: ${ONEHANDLER}`,
    ],
  ],
  ["R-VALID-49", "a command is not empty", main({ livenessProbe: { exec: { command: [] } } }), [
    `${p}.exec.command: Required value`,
  ]],
  [
    "R-VALID-50",
    "httpGet",
    main({
      livenessProbe: {
        httpGet: { port: 0, scheme: "X", httpHeaders: [{ name: "X Y", value: "" }] },
      },
      readinessProbe: { httpGet: { port: "80" } },
      startupProbe: { tcpSocket: { port: 70000 } },
    }),
    [
      `${p}.httpGet.port: Invalid value: 0: ${PORTNUM}`,
      `${p}.httpGet.scheme: Unsupported value: "X": supported values: "HTTP", "HTTPS"`,
      `${p}.httpGet.httpHeaders: Invalid value: "X Y": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')`,
      `${c}.readinessProbe.httpGet.port: Invalid value: "80": must contain at least one letter (a-z)`,
      `${c}.startupProbe.tcpSocket.port: Invalid value: 70000: ${PORTNUM}`,
    ],
  ],
  [
    "R-VALID-51",
    "a probe's numbers",
    main({
      readinessProbe: {
        ...sleepProbe(),
        initialDelaySeconds: -1,
        timeoutSeconds: -2,
        periodSeconds: -3,
        successThreshold: -4,
        failureThreshold: -5,
      },
    }),
    [
      ["initialDelaySeconds", -1],
      ["timeoutSeconds", -2],
      ["periodSeconds", -3],
      ["successThreshold", -4],
      ["failureThreshold", -5],
    ].map(([key, value]) => `${c}.readinessProbe.${key}: Invalid value: ${value}: ${NONNEG}`),
  ],
  ["R-VALID-52", "one success is enough", {
    spec: {
      containers: [{
        name: "c",
        image: "i",
        livenessProbe: { ...sleepProbe(), successThreshold: 2 },
        readinessProbe: { ...sleepProbe(), successThreshold: 2 },
        startupProbe: { ...sleepProbe(), successThreshold: 3 },
      }],
    },
  }, [
    `${p}.successThreshold: Invalid value: 2: must be 1`,
    `${c}.startupProbe.successThreshold: Invalid value: 3: must be 1`,
  ]],
  ["R-VALID-53", "a probe's grace", {
    spec: {
      containers: [{
        name: "c",
        image: "i",
        livenessProbe: { ...sleepProbe(), terminationGracePeriodSeconds: 0 },
        readinessProbe: { ...sleepProbe(), terminationGracePeriodSeconds: 5 },
      }],
    },
  }, [
    `${p}.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0`,
    `${c}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes`,
  ]],
  [
    "R-VALID-54",
    "a sleep fits into the grace",
    main({
      lifecycle: { preStop: { sleep: { seconds: 40 } }, postStart: { sleep: { seconds: 30 } } },
    }),
    [`${c}.lifecycle.preStop.sleep: Invalid value: 40: must be non-negative and less than terminationGracePeriodSeconds (30)`],
  ],
  ["R-VALID-55", "a stop signal needs an OS", main({ lifecycle: { stopSignal: "SIGUSR1" } }), [
    `${c}.lifecycle.stopSignal: Forbidden: may not be set for containers with empty \`spec.os.name\``,
  ]],
  ["R-VALID-55", "a stop signal that Windows lacks", {
    spec: {
      os: { name: "windows" },
      ...main({ lifecycle: { stopSignal: "SIGUSR1" } }).spec as Fields,
    },
  }, [
    `${c}.lifecycle.stopSignal: Unsupported value: "SIGUSR1": supported values: "SIGKILL", "SIGTERM"`,
  ]],
  ["R-VALID-55", "a real-time signal", {
    spec: {
      os: { name: "linux" },
      ...main({ lifecycle: { stopSignal: "SIGRTMIN+3" } }).spec as Fields,
    },
  }, []],
  ["R-VALID-56", "an OS has a name", { spec: { os: {} } }, ["spec.os.name: Required value"]],
  ["R-VALID-56", "an OS is one of two", { spec: { os: { name: "X" } } }, [
    'spec.os: Unsupported value: "X": supported values: "linux", "windows"',
  ]],
  ["R-VALID-57", "a readiness gate", { spec: { readinessGates: [{ conditionType: "a b" }] } }, [
    `spec.readinessGates[0].conditionType: Invalid value: "a b": name part ${LABEL_KEY}`,
  ]],
  [
    "R-VALID-58",
    "an amount as a variable",
    env(
      { name: "A", valueFrom: { resourceFieldRef: { resource: "x" } } },
      { name: "B", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "1k" } } },
      { name: "C", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "2Mi" } } },
      { name: "D", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } } },
    ),
    [
      `${c}.env[0].valueFrom.resourceFieldRef.resource: Unsupported value: "x": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"`,
      `${c}.env[1].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
      `${c}.env[2].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.memory": only divisor's values ${BYTES} are supported with the memory resource`,
    ],
  ],
  [
    "R-VALID-59",
    "configMap and secret volumes",
    volumes(
      {
        name: "a",
        configMap: { items: [{}, { key: "k", path: "../x" }, { key: "k", path: "/x" }] },
      },
      { name: "b", secret: { items: [{ key: "k", path: "..x" }] } },
    ),
    [
      "spec.volumes[0].configMap.name: Required value",
      "spec.volumes[0].configMap.items[0].key: Required value",
      "spec.volumes[0].configMap.items[0].path: Required value",
      "spec.volumes[0].configMap.items[1].path: Invalid value: \"../x\": must not contain '..'",
      'spec.volumes[0].configMap.items[2].path: Invalid value: "/x": must be a relative path',
      "spec.volumes[1].secret.secretName: Required value",
      "spec.volumes[1].secret.items[0].path: Invalid value: \"..x\": must not start with '..'",
    ],
  ],
  [
    "R-VALID-59",
    "projected sources",
    volumes({
      name: "v",
      projected: {
        sources: [
          { configMap: { name: "m", items: [{ key: "k", path: "a" }] }, secret: {} },
          { secret: { name: "s", items: [{ key: "k", path: "a" }] } },
          { serviceAccountToken: { path: "", expirationSeconds: 1 } },
        ],
      },
    }),
    [
      `${v}.projected.sources[0].secret.name: Required value`,
      `${v}.projected.sources[0]: Forbidden: may not specify more than 1 volume type per source`,
      `${v}.projected: Invalid value: "s": conflicting duplicate paths`,
      `${v}.projected.sources[2].serviceAccountToken.expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes`,
      `${v}.projected.path: Required value`,
    ],
  ],
  ["R-VALID-59", "a claim has a name", volumes({ name: "v", persistentVolumeClaim: {} }), [
    `${v}.persistentVolumeClaim.claimName: Required value`,
  ]],
  [
    "R-VALID-60",
    "modes",
    volumes({
      name: "v",
      configMap: { name: "m", defaultMode: 1023, items: [{ key: "k", path: "p", mode: -1 }] },
    }),
    [
      `${v}.configMap.defaultMode: Invalid value: 1023: must be a number between 0 and 0777 (octal), both inclusive`,
      `${v}.configMap.items[0].mode: Invalid value: -1: must be a number between 0 and 0777 (octal), both inclusive`,
    ],
  ],
  [
    "R-VALID-61",
    "a downward API item refers to something",
    volumes({
      name: "v",
      downwardAPI: {
        items: [
          { path: "a" },
          { path: "b", ...fieldRef("metadata.labels") },
          { path: "c", ...fieldRef("status.podIP") },
          { path: "d", resourceFieldRef: { resource: "limits.cpu" } },
        ],
      },
    }),
    [
      `${v}.downwardAPI: Required value: one of fieldRef and resourceFieldRef is required`,
      `${v}.downwardAPI.fieldRef.fieldPath: Unsupported value: "status.podIP": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"`,
      `${v}.downwardAPI.resourceFieldRef.containerName: Required value`,
    ],
  ],
  ["R-VALID-62", "shared processes are the Pod's own", {
    spec: { hostPID: true, shareProcessNamespace: true },
  }, [
    "spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled",
  ]],
  ["R-VALID-63", "users", main({ securityContext: { runAsUser: -1 } }), [
    `${c}.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive`,
  ]],
  [
    "R-VALID-63",
    "privileges",
    main({ securityContext: { allowPrivilegeEscalation: false, privileged: true } }),
    [`${c}.securityContext: Invalid value: {"Capabilities":null,"Privileged":true,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}: cannot set \`allowPrivilegeEscalation\` to false and \`privileged\` to true`],
  ],
  [
    "R-VALID-63",
    "profiles and procMount",
    main({
      securityContext: {
        procMount: "Unmasked",
        seccompProfile: { type: "Localhost" },
        appArmorProfile: { type: "X" },
      },
    }),
    [
      `${c}.securityContext.procMount: Invalid value: "Unmasked": \`hostUsers\` must be false to use \`Unmasked\``,
      `${c}.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost`,
      `${c}.securityContext.appArmorProfile.type: Unsupported value: "X": supported values: "Localhost", "RuntimeDefault", "Unconfined"`,
    ],
  ],
  ["R-VALID-63", "the Pod's own", {
    spec: {
      hostNetwork: true,
      securityContext: {
        fsGroup: -1,
        supplementalGroups: [0, -1],
        fsGroupChangePolicy: "X",
        sysctls: [{ name: "net.ipv4.ip_forward", value: "1" }, { name: "a", value: "" }, {
          name: "a",
          value: "",
        }],
      },
    },
  }, [
    "spec.securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive",
    "spec.securityContext.supplementalGroups[1]: Invalid value: -1: must be between 0 and 2147483647, inclusive",
    "spec.securityContext.sysctls[0].name: Invalid value: \"net.ipv4.ip_forward\": may not be specified when 'hostNetwork' is true",
    'spec.securityContext.sysctls[2].name: Duplicate value: "a"',
    'spec.securityContext.fsGroupChangePolicy: Unsupported value: "X": supported values: "Always", "OnRootMismatch"',
  ]],
  ["R-VALID-63", "users of its own", { spec: { hostUsers: false, hostNetwork: true } }, [
    "spec.hostNetwork: Forbidden: when `hostUsers` is false",
  ]],
  ["R-VALID-64", "a file's volume", {
    spec: {
      volumes: [{ name: "h", hostPath: { path: "/x" } }, { name: "e" }],
      ...env(...["x", "h", "e"].map((volumeName) => ({
        name: "A",
        valueFrom: { fileKeyRef: { volumeName, path: "f", key: "K" } },
      }))).spec as Fields,
    },
  }, [
    `${c}.env[0].valueFrom.fileKeyRef.volumeName: Not found: "x"`,
    `${c}.env[1].valueFrom.fileKeyRef.volumeName: Invalid value: "h": referenced volume must be of type emptyDir`,
  ]],
  ["R-VALID-1", "tolerations", {
    spec: {
      tolerations: [
        { operator: "Exists" },
        { key: "a", operator: "Exists", value: "x" },
        { value: "x", effect: "X", tolerationSeconds: 1 },
        { key: "a", operator: "Gt" },
      ],
    },
  }, [
    "spec.tolerations[1].operator: Invalid value: \"x\": value must be empty when `operator` is 'Exists'",
    'spec.tolerations[2].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    "spec.tolerations[2].effect: Invalid value: \"X\": effect must be 'NoExecute' when `tolerationSeconds` is set",
    'spec.tolerations[2].effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    'spec.tolerations[3].operator: Unsupported value: "Gt": supported values: "Equal", "Exists"',
  ]],
  ["R-VALID-8", "a generated name and its owners", {
    metadata: {
      name: "p",
      generateName: "A",
      ownerReferences: [
        { apiVersion: "", kind: "", name: "a", uid: "u", controller: true },
        { apiVersion: "v1", kind: "B", name: "b", uid: "u", controller: false },
      ],
    },
  }, [
    `metadata.generateName: Invalid value: "A": ${SUBDOMAIN}`,
    'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
    'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
  ]],
  ["R-VALID-28", "dnsPolicy None needs one server", {
    spec: { dnsPolicy: "None", dnsConfig: {} },
  }, [
    "spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None",
  ]],
  [
    "R-VALID-38",
    "references name something",
    env(
      { name: "A", valueFrom: fieldRef("") },
      { name: "B", valueFrom: { fieldRef: { apiVersion: "v2", fieldPath: "metadata.name" } } },
      { name: "C", valueFrom: { resourceFieldRef: {} } },
      { name: "D", valueFrom: { fileKeyRef: {} } },
    ),
    [
      `${c}.env[0].valueFrom.fieldRef.fieldPath: Required value`,
      `${c}.env[1].valueFrom.fieldRef.fieldPath: Invalid value: "metadata.name": error converting fieldPath: unsupported pod version: v2`,
      `${c}.env[2].valueFrom.resourceFieldRef.resource: Required value`,
      `${c}.env[3].valueFrom.fileKeyRef.key: Required value`,
      `${c}.env[3].valueFrom.fileKeyRef.volumeName: Required value`,
      `${c}.env[3].valueFrom.fileKeyRef.path: Required value`,
    ],
  ],
  ["R-VALID-46", "an image volume may have a subPath", {
    spec: {
      volumes: [{ name: "v", image: { reference: "i" } }],
      containers: [{
        name: "c",
        image: "i",
        volumeMounts: [{ name: "v", mountPath: "/a", subPath: "x" }],
        volumeDevices: [{}],
      }],
    },
  }, [
    `${c}.volumeDevices[0].name: Required value`,
    `${c}.volumeDevices[0].name: Not found: ""`,
    `${c}.volumeDevices[0].devicePath: Required value`,
  ]],
  [
    "R-VALID-46",
    "what is read-only all the way down does not propagate",
    mounts({
      name: "v",
      mountPath: "/a",
      readOnly: true,
      recursiveReadOnly: "Enabled",
      mountPropagation: "HostToContainer",
    }),
    [
      `${c}.volumeMounts.recursiveReadOnly: Forbidden: may only be specified when mountPropagation is None or not specified`,
    ],
  ],
  [
    "R-VALID-47",
    "what cannot be shared is asked for as it is limited",
    resources(
      { "example.com/gpu": "2", "requests.a/b": "1", cpu: "1" },
      { "example.com/gpu": "1" },
    ),
    [
      `${c}.resources.limits[requests.a/b]: Invalid value: "requests.a/b": doesn't follow extended resource name standard`,
      `${c}.resources.requests: Invalid value: "1": must be equal to example.com/gpu limit of 2`,
      `${c}.resources.requests[requests.a/b]: Invalid value: "requests.a/b": doesn't follow extended resource name standard`,
    ],
  ],
  ["R-VALID-47", "the Pod's own amounts", {
    spec: { resources: { claims: [], limits: { storage: "1", "a b": "1" } } },
  }, [
    "spec.resources.claims: Forbidden: claims may not be set for Resources at pod-level",
    'spec.resources.limits[storage]: Unsupported value: "storage": supported values: "cpu", "hugepages-", "memory"',
    `spec.resources.limits[a b]: Invalid value: "a b": name part ${LABEL_KEY}`,
  ]],
  [
    "R-VALID-47",
    "resizePolicy",
    main({
      resizePolicy: ["cpu", "cpu"].map((resourceName) => ({
        resourceName,
        restartPolicy: "NotRequired",
      })),
    }),
    [`${c}.resizePolicy[1]: Duplicate value: "cpu"`],
  ],
  [
    "R-VALID-59",
    "an emptyDir's size, a file of two kinds",
    volumes(
      { name: "a", emptyDir: { sizeLimit: "-1" } },
      {
        name: "b",
        downwardAPI: {
          items: [{
            path: "a",
            ...fieldRef("metadata.name"),
            resourceFieldRef: { resource: "limits.cpu" },
          }],
        },
      },
    ),
    [
      "spec.volumes[0].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity",
      'spec.volumes[1].downwardAPI: Invalid value: "resource": fieldRef and resourceFieldRef can not be specified simultaneously',
    ],
  ],
  [
    "R-VALID-63",
    "capabilities and profiles",
    main({
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { add: ["CAP_SYS_ADMIN"] },
        seccompProfile: { type: "Unconfined", localhostProfile: "x" },
        appArmorProfile: { type: "Localhost", localhostProfile: " x" },
      },
    }),
    [
      `${c}.securityContext.seccompProfile.localhostProfile: Invalid value: {"Type":"Unconfined","LocalhostProfile":"x"}: can only be set when seccomp type is Localhost`,
      `${c}.securityContext: Invalid value: {"Capabilities":{"Add":["CAP_SYS_ADMIN"],"Drop":null},"Privileged":null,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":{"Type":"Unconfined","LocalhostProfile":"x"},"AppArmorProfile":{"Type":"Localhost","LocalhostProfile":" x"}}: cannot set \`allowPrivilegeEscalation\` to false and \`capabilities.Add\` CAP_SYS_ADMIN`,
      `${c}.securityContext.appArmorProfile.localhostProfile: Invalid value: " x": must not be padded with whitespace`,
    ],
  ],
  ["R-VALID-63", "the Pod's profiles and sysctls", {
    spec: {
      hostIPC: true,
      hostPID: true,
      hostUsers: false,
      securityContext: {
        sysctls: [{ name: "", value: "" }, { name: "A", value: "" }, {
          name: "kernel.shmmax",
          value: "1",
        }],
        seccompProfile: {},
        appArmorProfile: {},
      },
    },
  }, [
    "spec.securityContext.sysctls[0].name: Required value",
    'spec.securityContext.sysctls[1].name: Invalid value: "A": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
    "spec.securityContext.sysctls[2].name: Invalid value: \"kernel.shmmax\": may not be specified when 'hostIPC' is true",
    "spec.securityContext.seccompProfile.type: Required value: type is required when seccompProfile is set",
    "spec.securityContext.appArmorProfile.type: Required value: type is required when appArmorProfile is set",
    "spec.HostPID: Forbidden: when `hostUsers` is false",
    "spec.HostIPC: Forbidden: when `hostUsers` is false",
  ]],
  ["R-VALID-1", "the order", {
    metadata: {},
    spec: {
      volumes: [{ name: "" }],
      containers: [{ name: "", image: " i", ports: [port(80, { hostPort: 81 })] }],
      initContainers: [{ name: "init" }],
      ephemeralContainers: [{ name: "e" }],
      hostNetwork: true,
      restartPolicy: "X",
      dnsPolicy: "X",
      readinessGates: [{ conditionType: "" }],
      hostnameOverride: "a",
      activeDeadlineSeconds: 0,
      hostname: "A.b",
      subdomain: "a.b",
      hostAliases: [{ ip: "x" }],
      os: {},
    },
  }, [
    "metadata.name: Required value: name or generateName is required",
    `${v}.name: Required value`,
    `${c}.name: Required value`,
    `${i}.image: Required value`,
    "spec.ephemeralContainers[0].image: Required value",
    `${c}.ports[0].hostPort: Invalid value: 81: must match \`containerPort\` when \`hostNetwork\` is true`,
    'spec.restartPolicy: Unsupported value: "X": supported values: "Always", "OnFailure", "Never"',
    'spec.dnsPolicy: Unsupported value: "X": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
    'spec.readinessGates[0].conditionType: Invalid value: "": name part must be non-empty',
    `spec.readinessGates[0].conditionType: Invalid value: "": name part ${LABEL_KEY}`,
    "spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true",
    "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
    `spec.hostname: Invalid value: "A.b": ${LABEL}`,
    'spec.subdomain: Invalid value: "a.b": must not contain dots',
    'spec.hostAliases[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    "spec.os.name: Required value",
    `${c}.image: Invalid value: " i": must not have leading or trailing whitespace`,
    "spec.ephemeralContainers: Forbidden: cannot be set on create",
  ]],
];

testRows(rows);

Deno.test("validatePod() R-VALID-8: a namespace that is not set", () => {
  const [error] = validatePod({ ...defaultPod(podOf({})), metadata: { name: "p" } });
  deepEqual(error, {
    field: "metadata.namespace",
    reason: "Required",
    message: "Required value",
  });
});

Deno.test("validatePod() R-VALID-3: as kubectl prints it", () => {
  const one = validatePod(defaultPod(podOf(main({ image: "" }))));
  deepEqual(
    formatInvalidObject('Pod "p"', one),
    'The Pod "p" is invalid: spec.containers[0].image: Required value',
  );
  const two = validatePod(
    defaultPod(podOf({ spec: { containers: [], activeDeadlineSeconds: 0 } })),
  );
  deepEqual(
    formatInvalidObject('Pod "p"', [...two, ...two]),
    'The Pod "p" is invalid: \n' +
      "* spec.containers: Required value\n" +
      "* spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
  );
});

Deno.test("validatePod() leaves the Pod alone", () => {
  const pod = defaultPod(podOf(mounts({ name: "v", mountPath: "/a" })));
  const before = structuredClone(pod);
  validatePod(pod);
  deepEqual(pod, before);
});

function labels(labels: Fields): Fields {
  return { metadata: { name: "p", labels } };
}

function main(container: Fields): Fields {
  return { spec: { containers: [{ name: "c", image: "i", ...container }] } };
}

function init(container: Fields): Fields {
  return { spec: { initContainers: [{ name: "init", image: "i", ...container }] } };
}

function rule(...values: number[]): Fields {
  return { action: "Restart", exitCodes: { operator: "In", values } };
}

function restart(restartPolicyRules: readonly unknown[]): Fields {
  return main({ restartPolicy: "Never", restartPolicyRules });
}

function sleepProbe(): Fields {
  return { exec: { command: ["sleep", "1"] } };
}

function port(containerPort: number, more: Fields): Fields {
  return { containerPort, ...more };
}

function portNames(names: readonly (readonly [string, string])[]): readonly Row[] {
  return names.map(([name, detail]) =>
    ["R-VALID-33", `no port is called ${name}`, main({ ports: [port(1, { name })] }), [
      `${c}.ports[0].name: Invalid value: "${name}": ${detail}`,
    ]] as const
  );
}

function env(...variables: readonly Fields[]): Fields {
  return main({ env: variables });
}

function fieldRef(fieldPath: string): Fields {
  return { fieldRef: { fieldPath } };
}

function keyRef(key: string): Fields {
  return { configMapKeyRef: { name: "m", key } };
}

function volumes(...volumes: readonly Fields[]): Fields {
  return { spec: { volumes } };
}

function mounts(...volumeMounts: readonly Fields[]): Fields {
  return {
    spec: { volumes: [{ name: "v" }], containers: [{ name: "c", image: "i", volumeMounts }] },
  };
}

function resources(limits: Fields, requests?: Fields): Fields {
  return main({ resources: { limits, ...(requests && { requests }) } });
}
