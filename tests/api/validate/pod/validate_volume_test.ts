import { type Fields, LABEL, type Row, SUBDOMAIN, testRows } from "../errors_of.ts";

const c = "spec.containers[0]";
const v = "spec.volumes[0]";
const f = `${c}.env[0].valueFrom.fileKeyRef`;

/** A volume, and a container that mounts it. */
function volume(source: Fields): Fields {
  return {
    spec: {
      volumes: [{ name: "v", ...source }],
      containers: [{ name: "c", image: "i", volumeMounts: [{ name: "v", mountPath: "/v" }] }],
    },
  };
}

function fileKey(fileKeyRef: Fields, volumes: readonly Fields[] = []): Fields {
  return {
    spec: {
      volumes,
      containers: [{ name: "c", image: "i", env: [{ name: "A", valueFrom: { fileKeyRef } }] }],
    },
  };
}

/** A volume with an error of its own counts as undefined (R-VALID-44). */
const NOT_FOUND = `${c}.volumeMounts[0].name: Not found: "v"`;

/** Sources, and what is wrong with them. */
const sources: readonly (readonly [source: Fields, errors: readonly string[]])[] = [
  [{ nfs: { server: "", path: "x" } }, [
    "nfs.server: Required value",
    'nfs.path: Invalid value: "x": must be an absolute path',
  ]],
  [{ gitRepo: { directory: "../x" } }, [
    "gitRepo.repository: Required value",
    `gitRepo.directory: Invalid value: "../x": must not contain '..'`,
  ]],
  [{ iscsi: { targetPortal: "", iqn: "x", lun: 256, chapAuthSession: true } }, [
    "iscsi.targetPortal: Required value",
    'iscsi.iqn: Invalid value: "x": must be valid format starting with iqn, eui, or naa',
    "iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive",
    "iscsi.secretRef: Required value",
  ]],
  [{ csi: { driver: "" } }, [
    "csi.driver: Required value",
    `csi.driver: Invalid value: "": ${SUBDOMAIN}`,
  ]],
  [{ image: {} }, ["image.reference: Required value"]],
  [{ persistentVolumeClaim: {} }, ["persistentVolumeClaim.claimName: Required value"]],
  [{ fc: { targetWWNs: ["x"], wwids: ["y"] } }, [
    'fc.targetWWNs: Invalid value: ["x"]: targetWWNs and wwids can not be specified simultaneously',
    "fc.lun: Required value: lun is required if targetWWNs is specified",
  ]],
  [{ flexVolume: { driver: "", options: { "x.k8s.io/a": "b" } } }, [
    "flexVolume.driver: Required value",
    'flexVolume.options[x.k8s.io/a]: Invalid value: "x.k8s.io/a": kubernetes.io and k8s.io namespaces are reserved',
  ]],
  [{ azureDisk: { diskName: "d", diskURI: "x", cachingMode: "X", kind: "Managed" } }, [
    'azureDisk.cachingMode: Unsupported value: "X": supported values: "None", "ReadOnly", "ReadWrite"',
    'azureDisk.diskURI: Unsupported value: "x": supported values: "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"',
  ]],
  [{ flocker: {} }, ["flocker: Required value: one of datasetName and datasetUUID is required"]],
  [{ storageos: { volumeName: "A" } }, [`storageos.volumeName: Invalid value: "A": ${LABEL}`]],
  [{ rbd: { image: "" } }, ["rbd.monitors: Required value", "rbd.image: Required value"]],
  [{ emptyDir: {}, cephfs: { monitors: ["m"] } }, [
    "cephFS: Forbidden: may not specify more than 1 volume type",
  ]],
];

const rows: readonly Row[] = [
  ...sources.map(([source, errors]): Row => [
    "R-VALID-44 R-VALID-80",
    `a volume that is wrong is not there: ${JSON.stringify(source)}`,
    volume(source),
    [...errors.map((it) => `${v}.${it}`), NOT_FOUND],
  ]),
  ...[
    { nfs: { server: "s", path: "/x" } },
    { csi: { driver: "example.com" } },
    { iscsi: { targetPortal: "p", iqn: "iqn.2001-04.com.example:x", lun: 0 } },
    { gitRepo: { repository: "r" } },
    { image: { reference: "i" } },
  ].map((source): Row => [
    "R-VALID-80",
    `the API server takes ${JSON.stringify(source)}`,
    volume(source),
    [],
  ]),
  ["R-VALID-64", "what a variable reads of a file", fileKey({ volumeName: "A", path: "../x" }), [
    `${f}.key: Required value`,
    `${f}.volumeName: Invalid value: "A": ${LABEL}`,
    `${f}.path: Invalid value: "../x": must not contain '..'`,
    `${f}.volumeName: Not found: "A"`,
  ]],
  ["R-VALID-64", "a volume that is not there", fileKey({ key: "k", volumeName: "x", path: "p" }), [
    `${f}.volumeName: Not found: "x"`,
  ]],
  [
    "R-VALID-64",
    "a volume of another kind",
    fileKey({ key: "k", volumeName: "x", path: "p" }, [{ name: "x", configMap: { name: "m" } }]),
    [`${f}.volumeName: Invalid value: "x": referenced volume must be of type emptyDir`],
  ],
  ...([
    ["1.2.3", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"],
    ["1.2.3.256", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"],
    ["1::2::3", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"],
    ["fe80::1%eth0", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"],
    ["010.0.0.1", "must not have leading 0s"],
    ["00001::", "must not have leading 0s"],
    ["::ffff:1.2.3.4", "must not be an IPv4-mapped IPv6 address"],
    ["::ffff:102:304", "must not be an IPv4-mapped IPv6 address"],
  ] as const).flatMap(([ip, detail]): Row[] => [
    ["R-VALID-75 R-VALID-27", `no address is ${ip}`, { spec: { hostAliases: [{ ip }] } }, [
      `spec.hostAliases[0].ip: Invalid value: "${ip}": ${detail}`,
    ]],
    ["R-VALID-75 R-VALID-76", `no name server is ${ip}`, {
      spec: { dnsConfig: { nameservers: [ip] } },
    }, [`spec.dnsConfig.nameservers[0]: Invalid value: "${ip}": ${detail}`]],
  ]),
  ...["10.9.8.7", "0.0.0.0", "2001:db8::ffff", "::", "::1", "1:2:3:4:5:6:7:8", "::1.2.3.4"].map((
    ip,
  ): Row => ["R-VALID-75", `${ip} is an address`, { spec: { hostAliases: [{ ip }] } }, []]),
];

testRows(rows);
