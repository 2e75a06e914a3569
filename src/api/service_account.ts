/**
 * The folder of the service account that every container has: what admission adds to a Pod; pure.
 */
import type { ServiceAccount } from "./types/cluster.ts";
import { rememberedWith } from "../base/remembered.ts";
import type { UnsupportedField } from "./field_support.ts";
import { generateName } from "./generate_name.ts";
import { allContainers, mapContainers } from "./pod_containers.ts";
import type { Container, Pod, PodSpec, Volume } from "./types/pod.ts";

/** Where containers find the folder. */
const MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const VOLUME_PREFIX = "kube-api-access-";

/**
 * The ConfigMap that a cluster keeps in every namespace, with the certificate of its API server.
 */
export const ROOT_CERTIFICATES = "kube-root-ca.crt";

/**
 * The Pod with the volume of its service account, and a mount of it in each container that has
 * nothing at its path. A Pod that with `automountServiceAccountToken: false` is unchanged; the
 * caller reads the setting of its service account.
 *
 * Rule: Kubernetes, plugin/pkg/admission/serviceaccount/admission.go, mountServiceAccountToken.
 * `Differs:` a container that mounts a path of the host over that place gets no mount, for which a
 * folder would have to be made on the host.
 *
 * @param ending of the volume's name: an integer from 0 to `NAME_ENDINGS` - 1.
 */
export function withServiceAccount(pod: Pod, ending: number): Pod {
  if (pod.spec.automountServiceAccountToken === false) return pod;
  const spec = sharedSpec(pod.spec, ending);
  return spec === pod.spec ? pod : { ...pod, spec };
}

/**
 * The Pod as its account has it: with the account's secrets for images where it names none of its
 * own, and with its folder unless one of them wants none.
 *
 * Rule: Kubernetes, plugin/pkg/admission/serviceaccount/admission.go, Admit.
 *
 * @param ending as {@link withServiceAccount} has it; undefined: there is no place for a folder.
 */
export function withAccount(pod: Pod, account: ServiceAccount, ending: number | undefined): Pod {
  const { imagePullSecrets = [] } = account;
  const isOpen = imagePullSecrets.length > 0 && (pod.spec.imagePullSecrets ?? []).length === 0;
  const completed = isOpen ? { ...pod, spec: { ...pod.spec, imagePullSecrets } } : pod;
  return ending === undefined || !isAutomounted(completed, [account])
    ? completed
    : withServiceAccount(completed, ending);
}

/** The Pods of one template have one spec, where the names of their volumes end alike. */
const sharedSpec = rememberedWith((spec: PodSpec, ending: number): PodSpec => {
  const volumes = spec.volumes ?? [];
  const hostPaths = new Set(
    volumes.filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => name),
  );
  const present = volumes.find(({ name }) => name.startsWith(VOLUME_PREFIX))?.name;
  const name = present ?? generateName(VOLUME_PREFIX, ending);
  const needsMount = ({ volumeMounts = [] }: Container) =>
    !volumeMounts.some((mount) =>
      trim(mount.mountPath) === MOUNT_PATH ||
      (hostPaths.has(mount.name) && isAbove(mount.mountPath))
    );
  const withMount = (container: Container): Container =>
    !needsMount(container) ? container : {
      ...container,
      volumeMounts: [
        ...container.volumeMounts ?? [],
        { name, readOnly: true, mountPath: MOUNT_PATH },
      ],
    };
  if (!allContainers({ spec }).some(needsMount)) return spec;
  return {
    ...mapContainers(spec, withMount),
    volumes: present === undefined ? [...volumes, serviceAccountVolume(name)] : volumes,
  };
});

/** As `kubectl get -o yaml` shows it in every Pod of a cluster. */
function serviceAccountVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
        { configMap: { name: ROOT_CERTIFICATES, items: [{ key: "ca.crt", path: "ca.crt" }] } },
        {
          downwardAPI: {
            items: [{
              path: "namespace",
              fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" },
            }],
          },
        },
      ],
    },
  };
}

/** Whether the service account of a Pod lets its containers have the folder with its token. */
export function isAutomounted(
  { metadata, spec }: Pod,
  accounts: readonly ServiceAccount[],
): boolean {
  // The Pod's own value takes precedence.
  if (spec.automountServiceAccountToken === true) return true;
  const name = spec.serviceAccountName || spec.serviceAccount || "default";
  const namespace = metadata.namespace || "default";
  return !accounts.some((account) =>
    account.automountServiceAccountToken === false && account.metadata.name === name &&
    (account.metadata.namespace || "default") === namespace
  );
}

/**
 * The volumes, or parts of one, that a manifest asks the API server's certificate for, where no
 * manifest has it.
 */
export function findMissingCertificates(
  { spec }: Pod,
  hasConfigMap: (name: string) => boolean,
): UnsupportedField[] {
  if (hasConfigMap(ROOT_CERTIFICATES)) return [];
  const note = "there is no API server whose certificate it would hold; the file is missing";
  return (spec.volumes ?? []).flatMap(({ configMap, projected }, index) => {
    const at = `spec.volumes[${index}]`;
    const parts = (projected?.sources ?? []).map((it, source) =>
      [`${at}.projected.sources[${source}].configMap`, it.configMap] as const
    );
    return [[`${at}.configMap`, configMap] as const, ...parts]
      .filter(([, it]) => it?.name === ROOT_CERTIFICATES)
      .map(([field]) => ({ field, note }));
  });
}

/**
 * Whether the folder would be made in what is mounted at a path; `/var/run` is `/run` on most
 * machines.
 */
function isAbove(path: string): boolean {
  const folder = `${trim(path)}/`;
  return MOUNT_PATH.startsWith(folder) || MOUNT_PATH.slice("/var".length).startsWith(folder);
}

function trim(path: string): string {
  return path.replace(/\/+$/, "");
}
