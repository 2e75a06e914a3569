/**
 * Volumes that need a cluster's storage: what the API server asks of each kind before any node sees
 * it.
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, the function named for each source.
 */
import { invalid, notSupported, required, tooLong } from "../../types/errors.ts";
import type {
  AzureDiskVolumeSource,
  CSIVolumeSource,
  FCVolumeSource,
  ISCSIVolumeSource,
  Volume,
} from "../../types/pod.ts";
import {
  byteLength,
  dnsLabelDetails,
  dnsSubdomainDetails,
  type FieldErrors,
  validateDescendingPath,
  validateRange,
  validateRequired,
  validateValue,
} from "../common/validate_value.ts";

/** Texts that each kind has to have; what is more is below. */
const REQUIRED: Readonly<Partial<Record<keyof Volume, readonly string[]>>> = {
  gitRepo: ["repository"],
  gcePersistentDisk: ["pdName"],
  awsElasticBlockStore: ["volumeID"],
  nfs: ["server", "path"],
  glusterfs: ["endpoints", "path"],
  rbd: ["monitors", "image"],
  cinder: ["volumeID"],
  cephfs: ["monitors"],
  flexVolume: ["driver"],
  azureFile: ["secretName", "shareName"],
  vsphereVolume: ["volumePath"],
  photonPersistentDisk: ["pdID"],
  portworxVolume: ["volumeID"],
  azureDisk: ["diskName", "diskURI"],
  scaleIO: ["gateway", "system", "volumeName"],
  persistentVolumeClaim: ["claimName"],
  image: ["reference"],
};

/** What is wrong with a volume's source beside the kinds that are files of this machine. */
export function* validateVolumeKind(
  path: string,
  kind: keyof Volume,
  volume: Volume,
): FieldErrors {
  const source = volume[kind] as Readonly<Record<string, unknown>> | undefined;
  for (const key of REQUIRED[kind] ?? []) {
    const value = source?.[key];
    if (!value || (Array.isArray(value) && value.length === 0)) yield required(`${path}.${key}`);
  }
  const { gitRepo, gcePersistentDisk, awsElasticBlockStore, nfs, iscsi, fc, cinder } = volume;
  const { flexVolume, azureDisk, csi, storageos, flocker, image } = volume;
  switch (kind) {
    case "gitRepo":
      if (gitRepo) yield* validateDescendingPath(`${path}.directory`, gitRepo.directory ?? "");
      break;
    case "gcePersistentDisk":
    case "awsElasticBlockStore": {
      const partition = (gcePersistentDisk ?? awsElasticBlockStore)?.partition ?? 0;
      // The text counts from 1, though 0 is fine.
      if (partition < 0 || partition > 255) {
        yield invalid(`${path}.partition`, partition, "must be between 1 and 255, inclusive");
      }
      break;
    }
    case "nfs":
      if (nfs && !nfs.path.startsWith("/")) {
        yield invalid(`${path}.path`, nfs.path, "must be an absolute path");
      }
      break;
    case "iscsi":
      if (iscsi) yield* validateISCSI(path, iscsi);
      break;
    case "fc":
      if (fc) yield* validateFC(path, fc);
      break;
    case "cinder":
      if (cinder?.secretRef && !cinder.secretRef.name) yield required(`${path}.secretRef.name`);
      break;
    case "flexVolume":
      for (const key of Object.keys(flexVolume?.options ?? {})) {
        const domain = `.${key.split("/")[0]!.toLowerCase()}`;
        if (!domain.endsWith(".kubernetes.io") && !domain.endsWith(".k8s.io")) continue;
        const detail = "kubernetes.io and k8s.io namespaces are reserved";
        yield invalid(`${path}.options[${key}]`, key, detail);
      }
      break;
    case "azureDisk":
      if (azureDisk) yield* validateAzureDisk(path, azureDisk);
      break;
    case "csi":
      if (csi) yield* validateCSI(path, csi);
      break;
    case "storageos":
      if (!storageos) break;
      yield* validateRequired(`${path}.volumeName`, storageos.volumeName, dnsLabelDetails);
      if (storageos.volumeNamespace) {
        const at = `${path}.volumeNamespace`;
        yield* validateValue(at, storageos.volumeNamespace, dnsLabelDetails);
      }
      if (storageos.secretRef && !storageos.secretRef.name) {
        yield required(`${path}.secretRef.name`);
      }
      break;
    case "flocker": {
      const { datasetName = "", datasetUUID = "" } = flocker ?? {};
      if (!datasetName && !datasetUUID) {
        yield required(path, "one of datasetName and datasetUUID is required");
      }
      if (datasetName && datasetUUID) {
        const detail = "datasetName and datasetUUID can not be specified simultaneously";
        yield invalid(path, "resource", detail);
      }
      if (datasetName.includes("/")) {
        yield invalid(`${path}.datasetName`, datasetName, "must not contain '/'");
      }
      break;
    }
    case "image": {
      const policies = ["Always", "IfNotPresent", "Never"];
      if (image?.pullPolicy && !policies.includes(image.pullPolicy)) {
        yield notSupported(`${path}.pullPolicy`, image.pullPolicy, policies);
      }
      break;
    }
  }
}

function* validateISCSI(path: string, iscsi: ISCSIVolumeSource): FieldErrors {
  if (!iscsi.targetPortal) yield required(`${path}.targetPortal`);
  if (!iscsi.iqn) yield required(`${path}.iqn`);
  else yield* validateInitiator(`${path}.iqn`, iscsi.iqn);
  yield* validateRange(`${path}.lun`, iscsi.lun, 0, 255);
  if ((iscsi.chapAuthDiscovery || iscsi.chapAuthSession) && !iscsi.secretRef) {
    yield required(`${path}.secretRef`);
  }
  if (iscsi.initiatorName !== undefined) {
    yield* validateInitiator(`${path}.initiatorname`, iscsi.initiatorName);
  }
}

function* validateInitiator(path: string, name: string): FieldErrors {
  const forms: Readonly<Record<string, RegExp>> = {
    iqn: /iqn\.\d{4}-\d{2}\.([A-Za-z0-9\-.]+)(:[^,;*&$|\s]+)$/,
    eui: /^eui.[A-Za-z0-9]{16}$/,
    naa: /^naa.[A-Za-z0-9]{32}$/,
  };
  const form = forms[name.slice(0, 3)];
  if (!form) yield invalid(path, name, "must be valid format starting with iqn, eui, or naa");
  else if (!form.test(name)) yield invalid(path, name, "must be valid format");
}

function* validateFC(
  path: string,
  { targetWWNs = [], wwids = [], lun }: FCVolumeSource,
): FieldErrors {
  const at = `${path}.targetWWNs`;
  if (targetWWNs.length === 0 && wwids.length === 0) {
    yield required(at, "must specify either targetWWNs or wwids, but not both");
  }
  if (targetWWNs.length === 0) return;
  if (wwids.length > 0) {
    const detail = "targetWWNs and wwids can not be specified simultaneously";
    yield invalid(at, targetWWNs, detail);
  }
  if (lun === undefined) {
    yield required(`${path}.lun`, "lun is required if targetWWNs is specified");
  } else yield* validateRange(`${path}.lun`, lun, 0, 255);
}

function* validateAzureDisk(path: string, disk: AzureDiskVolumeSource): FieldErrors {
  const { cachingMode, kind, diskURI } = disk;
  const modes = ["None", "ReadOnly", "ReadWrite"];
  const kinds = ["Dedicated", "Managed", "Shared"];
  if (cachingMode !== undefined && !modes.includes(cachingMode)) {
    yield notSupported(`${path}.cachingMode`, cachingMode, modes);
  }
  if (kind !== undefined && !kinds.includes(kind)) yield notSupported(`${path}.kind`, kind, kinds);
  if (kind === "Managed" && !diskURI.startsWith("/subscriptions/")) {
    yield notSupported(`${path}.diskURI`, diskURI, [
      "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}",
    ]);
  }
  if (kind !== undefined && kind !== "Managed" && !diskURI.startsWith("https://")) {
    yield notSupported(`${path}.diskURI`, diskURI, [
      "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd",
    ]);
  }
}

function* validateCSI(
  path: string,
  { driver, nodePublishSecretRef }: CSIVolumeSource,
): FieldErrors {
  const at = `${path}.driver`;
  if (!driver) yield required(at);
  if (byteLength(driver) > 63) yield tooLong(at, 63);
  for (const detail of dnsSubdomainDetails(driver.toLowerCase())) yield invalid(at, driver, detail);
  if (nodePublishSecretRef && !nodePublishSecretRef.name) {
    yield required(`${path}.nodePublishSecretRef.name`);
  } else if (nodePublishSecretRef?.name) {
    yield* validateValue(`${path}.name`, nodePublishSecretRef.name, dnsSubdomainDetails);
  }
}
