/**
 * What the objects of kinds that are kept contain; pure.
 *
 * Source: Kubernetes, api/openapi-spec.
 */
import type { Schema } from "./schema.ts";

/** A text. */
const text: Schema = { type: "string" };
/** A whole number. */
const integer: Schema = { type: "integer", format: "int32" };
/** A number or a text. */
const intOrString: Schema = { "x-kubernetes-int-or-string": true };
/** An object of any form. */
const anything: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** One of these words. */
function oneOf(...words: readonly string[]): Schema {
  return { type: "string", enum: words };
}

/** A list, which is replaced as a whole. */
function array(items: Schema): Schema {
  return { type: "array", items, "x-kubernetes-list-type": "atomic" };
}

/** A map. */
function map(additionalProperties: Schema): Schema {
  return { type: "object", additionalProperties };
}

/** An object with these fields. */
function fields(
  properties: Readonly<Record<string, Schema>>,
  ...required: readonly string[]
): Schema {
  return { type: "object", properties, ...required.length > 0 && { required } };
}

/** A label selector. */
const selector: Schema = fields({
  matchExpressions: array(fields(
    { key: text, operator: text, values: array(text) },
    "key",
    "operator",
  )),
  matchLabels: map(text),
});

const rule: Schema = fields({
  apiGroups: array(text),
  nonResourceURLs: array(text),
  resourceNames: array(text),
  resources: array(text),
  verbs: array(text),
}, "verbs");

const roleRef: Schema = fields(
  {
    apiGroup: { ...text, default: "rbac.authorization.k8s.io" },
    kind: text,
    name: text,
  },
  "kind",
  "name",
);

const subject: Schema = fields(
  {
    apiGroup: text,
    kind: oneOf("User", "Group", "ServiceAccount"),
    name: text,
    namespace: text,
  },
  "kind",
  "name",
);

const peerPort: Schema = fields({ port: intOrString, endPort: integer, protocol: text });
const peer: Schema = fields({
  ipBlock: fields({ cidr: text, except: array(text) }, "cidr"),
  namespaceSelector: selector,
  podSelector: selector,
});

const backend: Schema = fields({
  resource: fields({ apiGroup: text, kind: text, name: text }, "kind", "name"),
  service: fields({ name: text, port: fields({ name: text, number: integer }) }, "name"),
});

const binding: readonly [Record<string, Schema>, ...string[]] = [
  { roleRef, subjects: array(subject) },
  "roleRef",
];

/** The fields of a kind beside those of every object, and which of them have to be there. */
const SCHEMAS: Readonly<Record<string, readonly [Record<string, Schema>, ...string[]]>> = {
  Role: [{ rules: array(rule) }],
  ClusterRole: [{
    aggregationRule: fields({ clusterRoleSelectors: array(selector) }),
    rules: array(rule),
  }],
  PodDisruptionBudget: [{
    spec: fields({
      maxUnavailable: intOrString,
      minAvailable: intOrString,
      selector,
      unhealthyPodEvictionPolicy: oneOf("IfHealthyBudget", "AlwaysAllow"),
    }),
    status: anything,
  }],
  NetworkPolicy: [{
    spec: fields({
      egress: array(fields({ ports: array(peerPort), to: array(peer) })),
      ingress: array(fields({ ports: array(peerPort), from: array(peer) })),
      podSelector: selector,
      policyTypes: array(oneOf("Ingress", "Egress")),
    }),
  }],
  Ingress: [{
    spec: fields({
      defaultBackend: backend,
      ingressClassName: text,
      rules: array(fields({
        host: text,
        http: fields({
          paths: array(fields(
            {
              backend,
              path: text,
              pathType: oneOf("Exact", "Prefix", "ImplementationSpecific"),
            },
            "backend",
            "pathType",
          )),
        }, "paths"),
      })),
      tls: array(fields({ hosts: array(text), secretName: text })),
    }),
    status: anything,
  }],
  IngressClass: [{
    spec: fields({
      controller: text,
      parameters: fields(
        { apiGroup: text, kind: text, name: text, namespace: text, scope: text },
        "kind",
        "name",
      ),
    }),
  }],
  StorageClass: [{
    allowVolumeExpansion: { type: "boolean" },
    allowedTopologies: array(anything),
    mountOptions: array(text),
    parameters: map(text),
    provisioner: text,
    reclaimPolicy: { ...oneOf("Delete", "Retain", "Recycle"), default: "Delete" },
    volumeBindingMode: {
      ...oneOf("Immediate", "WaitForFirstConsumer"),
      default: "Immediate",
    },
  }, "provisioner"],
  RoleBinding: binding,
  ClusterRoleBinding: binding,
  PriorityClass: [{
    description: text,
    globalDefault: { type: "boolean" },
    preemptionPolicy: {
      ...oneOf("PreemptLowerPriority", "Never"),
      default: "PreemptLowerPriority",
    },
    value: integer,
  }, "value"],
};

/** The schema of the objects of a kind. */
export function keptSchemaOf(kind: string): Schema {
  const [properties, ...required] = SCHEMAS[kind]!;
  return fields(properties, ...required);
}
