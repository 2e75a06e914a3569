/** The messages about volumes, in the words of the kubelet. Pure. */

/**
 * Why a volume could not be made.
 *
 * Rules: R-START-5, R-EVENT-13; Kubernetes,
 * pkg/volume/util/operationexecutor/operation_generator.go.
 */
export function formatSetUpError(volume: string, why: string): string {
  return `MountVolume.SetUp failed for volume "${volume}" : ${why}`;
}

/**
 * Why a volume could not even be looked up: its claim is missing.
 *
 * Rule: R-EVENT-13; Kubernetes, pkg/kubelet/volumemanager/volume_manager.go and
 * populator/desired_state_of_world_populator.go.
 */
export function formatClaimError(volume: string, namespace: string, claim: string): string {
  return `Unable to attach or mount volumes: unmounted volumes=[${volume}], ` +
    `unattached volumes=[], failed to process volumes=[${volume}]: ` +
    `error processing PVC ${namespace}/${claim}: failed to fetch PVC from API server: ` +
    `persistentvolumeclaims "${claim}" not found`;
}
