/**
 * The messages that kubectl's typed clients send, with the numbers of their fields; pure data.
 *
 * Source: Kubernetes, the files generated.proto of k8s.io/api and apimachinery.
 */

/**
 * A message: `field=NUMBER` and a type: `s` text, `i` integer, `b` boolean, `y` bytes, `:NAME` a
 * message, or one of Kubernetes' own: `T` time, `Q` quantity, `I` integer or text, `F` fields of a
 * manager. Before it: `*` the field is sent only when it is set, `[]` a list, `{}` a map. The field
 * `.` has its own fields among those of the message.
 */
export const MESSAGES: Readonly<Record<string, string>> = {
  SelfSubjectAccessReview: "metadata=1:ObjectMeta spec=2:AccessReviewSpec",
  AccessReviewSpec:
    "resourceAttributes=1*:ResourceAttributes nonResourceAttributes=2*:PathAttributes",
  ResourceAttributes: "namespace=1s verb=2s group=3s version=4s resource=5s subresource=6s name=7s",
  PathAttributes: "path=1s verb=2s",
  SelfSubjectRulesReview: "metadata=1:ObjectMeta spec=2:RulesReviewSpec",
  RulesReviewSpec: "namespace=1s",
  SelfSubjectReview: "metadata=1:ObjectMeta",
  SubjectAccessReview: "metadata=1:ObjectMeta spec=2:SubjectReviewSpec",
  LocalSubjectAccessReview: "metadata=1:ObjectMeta spec=2:SubjectReviewSpec",
  SubjectReviewSpec:
    "resourceAttributes=1*:ResourceAttributes nonResourceAttributes=2*:PathAttributes user=3s " +
    "groups=4[]s uid=6s",
  TokenReview: "metadata=1:ObjectMeta spec=2:TokenReviewSpec",
  TokenReviewSpec: "token=1s audiences=2[]s",
  TokenRequest: "metadata=1:ObjectMeta spec=2:TokenRequestSpec",
  TokenRequestSpec: "audiences=1[]s expirationSeconds=4*i boundObjectRef=3*:BoundObjectReference",
  BoundObjectReference: "kind=1s apiVersion=2s name=3s uid=4s",
  ObjectMeta: "name=1s generateName=2s namespace=3s uid=5s resourceVersion=6s generation=7i " +
    "creationTimestamp=8T deletionTimestamp=9*T deletionGracePeriodSeconds=10*i labels=11{}s " +
    "annotations=12{}s ownerReferences=13[]:OwnerReference finalizers=14[]s " +
    "managedFields=17[]:ManagedFieldsEntry",
  OwnerReference: "apiVersion=5s kind=1s name=3s uid=4s controller=6*b blockOwnerDeletion=7*b",
  ManagedFieldsEntry:
    "manager=1s operation=2s apiVersion=3s time=4*T fieldsType=6s fieldsV1=7*F subresource=8s",
  LabelSelector: "matchLabels=1{}s matchExpressions=2[]:Req",
  Req: "key=1s operator=2s values=3[]s",
  Namespace: "metadata=1:ObjectMeta spec=2:NamespaceSpec",
  Pod: "metadata=1:ObjectMeta spec=2:PodSpec",
  Deployment: "metadata=1:ObjectMeta spec=2:DeploymentSpec",
  Job: "metadata=1:ObjectMeta spec=2:JobSpec",
  Service: "metadata=1:ObjectMeta spec=2:ServiceSpec",
  NamespaceSpec: "finalizers=1[]s",
  ConfigMap: "metadata=1:ObjectMeta immutable=4*b data=2{}s binaryData=3{}y",
  Secret: "metadata=1:ObjectMeta immutable=5*b data=2{}y stringData=4{}s type=3s",
  ServiceAccount:
    "metadata=1:ObjectMeta secrets=2[]:ObjectReference imagePullSecrets=3[]:LocalRef " +
    "automountServiceAccountToken=4*b",
  LocalRef: "name=1s",
  ObjectReference:
    "kind=1s namespace=2s name=3s uid=4s apiVersion=5s resourceVersion=6s fieldPath=7s",
  Binding: "metadata=1:ObjectMeta target=2:ObjectReference",
  DeleteOptions: "gracePeriodSeconds=1*i preconditions=2*:Preconditions orphanDependents=3*b " +
    "propagationPolicy=4*s dryRun=5[]s",
  Preconditions: "uid=1*s resourceVersion=2*s",
  Role: "metadata=1:ObjectMeta rules=2[]:PolicyRule",
  ClusterRole: "metadata=1:ObjectMeta rules=2[]:PolicyRule aggregationRule=3*:AggregationRule",
  AggregationRule: "clusterRoleSelectors=1[]:LabelSelector",
  PolicyRule: "verbs=1[]s apiGroups=2[]s resources=3[]s resourceNames=4[]s nonResourceURLs=5[]s",
  RoleBinding: "metadata=1:ObjectMeta subjects=2[]:Subject roleRef=3:RoleRef",
  ClusterRoleBinding: "metadata=1:ObjectMeta subjects=2[]:Subject roleRef=3:RoleRef",
  Subject: "kind=1s apiGroup=2s name=3s namespace=4s",
  RoleRef: "apiGroup=1s kind=2s name=3s",
  PodDisruptionBudget: "metadata=1:ObjectMeta spec=2:PodDisruptionBudgetSpec " +
    "status=3:PodDisruptionBudgetStatus",
  PodDisruptionBudgetStatus: "observedGeneration=1i disruptionsAllowed=3i currentHealthy=4i " +
    "desiredHealthy=5i expectedPods=6i",
  PodDisruptionBudgetSpec: "minAvailable=1*I selector=2*:LabelSelector maxUnavailable=3*I " +
    "unhealthyPodEvictionPolicy=4*s",
  PriorityClass:
    "metadata=1:ObjectMeta value=2i globalDefault=3b description=4s preemptionPolicy=5*s",
  Ingress: "metadata=1:ObjectMeta spec=2:IngressSpec status=3:IngressStatus",
  IngressStatus: "loadBalancer=1:IngressLoadBalancer",
  IngressLoadBalancer: "ingress=1[]:IngressAddress",
  IngressAddress: "ip=1s hostname=2s",
  IngressSpec: "defaultBackend=1*:IngressBackend tls=2[]:IngressTLS rules=3[]:IngressRule " +
    "ingressClassName=4*s",
  IngressBackend: "resource=3*:TypedReference service=4*:IngressServiceBackend",
  TypedReference: "apiGroup=1*s kind=2s name=3s",
  IngressServiceBackend: "name=1s port=2:ServiceBackendPort",
  ServiceBackendPort: "name=1s number=2i",
  IngressTLS: "hosts=1[]s secretName=2s",
  IngressRule: "host=1s .=2:IngressRuleValue",
  IngressRuleValue: "http=1*:IngressPaths",
  IngressPaths: "paths=1[]:IngressPath",
  IngressPath: "path=1s pathType=3*s backend=2:IngressBackend",
  Eviction: "metadata=1:ObjectMeta deleteOptions=2*:DeleteOptions",
  ServiceSpec: "ports=1[]:ServicePort selector=2{}s clusterIP=3s clusterIPs=18[]s type=4s " +
    "externalIPs=5[]s sessionAffinity=7s loadBalancerIP=8s loadBalancerSourceRanges=9[]s " +
    "externalName=10s externalTrafficPolicy=11s healthCheckNodePort=12i " +
    "publishNotReadyAddresses=13b ipFamilies=19[]s ipFamilyPolicy=17*s " +
    "internalTrafficPolicy=22*s",
  ServicePort: "name=1s protocol=2s appProtocol=6*s port=3i targetPort=4I nodePort=5i",
  DeploymentSpec:
    "replicas=1*i selector=2*:LabelSelector template=3:PodTemplateSpec strategy=4:Strategy " +
    "minReadySeconds=5i revisionHistoryLimit=6*i paused=7b progressDeadlineSeconds=9*i",
  Strategy: "type=1s rollingUpdate=2*:RU",
  RU: "maxUnavailable=1*I maxSurge=2*I",
  JobSpec: "parallelism=1*i completions=2*i activeDeadlineSeconds=3*i selector=4*:LabelSelector " +
    "manualSelector=5*b template=6:PodTemplateSpec backoffLimit=7*i " +
    "ttlSecondsAfterFinished=8*i completionMode=9*s suspend=10*b podFailurePolicy=11*:PFP " +
    "backoffLimitPerIndex=12*i maxFailedIndexes=13*i podReplacementPolicy=14*s managedBy=15*s " +
    "successPolicy=16*:SP",
  PFP: "rules=1[]:PFR",
  PFR: "action=1s onExitCodes=2*:PFX onPodConditions=3[]:PFC",
  PFX: "containerName=1*s operator=2s values=3[]i",
  PFC: "type=1s status=2s",
  SP: "rules=1[]:SPR",
  SPR: "succeededIndexes=1*s succeededCount=2*i",
  PodTemplateSpec: "metadata=1:ObjectMeta spec=2:PodSpec",
  PodSpec: "volumes=1[]:Volume initContainers=20[]:Container containers=2[]:Container " +
    "ephemeralContainers=34[]:EphemeralContainer restartPolicy=3s " +
    "terminationGracePeriodSeconds=4*i activeDeadlineSeconds=5*i dnsPolicy=6s " +
    "nodeSelector=7{}s serviceAccountName=8s serviceAccount=9s " +
    "automountServiceAccountToken=21*b nodeName=10s hostNetwork=11b hostPID=12b hostIPC=13b " +
    "shareProcessNamespace=27*b securityContext=14*:PodSecurityContext " +
    "imagePullSecrets=15[]:LocalRef hostname=16s subdomain=17s schedulerName=19s " +
    "tolerations=22[]:Toleration hostAliases=23[]:HostAlias priorityClassName=24s " +
    "priority=25*i dnsConfig=26*:DNS readinessGates=28[]:Gate runtimeClassName=29*s " +
    "enableServiceLinks=30*b preemptionPolicy=31*s overhead=32{}Q setHostnameAsFQDN=35*b " +
    "os=36*:Named hostUsers=37*b schedulingGates=38[]:Named",
  HostAlias: "ip=1s hostnames=2[]s",
  DNS: "nameservers=1[]s searches=2[]s options=3[]:DNSOpt",
  DNSOpt: "name=1s value=2*s",
  Gate: "conditionType=1s",
  Named: "name=1s",
  Toleration: "key=1s operator=2s value=3s effect=4s tolerationSeconds=5*i",
  Container: "name=1s image=2s command=3[]s args=4[]s workingDir=5s ports=6[]:ContainerPort " +
    "envFrom=19[]:EnvFrom env=7[]:EnvVar resources=8:Resources resizePolicy=23[]:Resize " +
    "restartPolicy=24*s volumeMounts=9[]:Mount volumeDevices=21[]:Device " +
    "livenessProbe=10*:Probe readinessProbe=11*:Probe startupProbe=22*:Probe " +
    "lifecycle=12*:Lifecycle terminationMessagePath=13s terminationMessagePolicy=20s " +
    "imagePullPolicy=14s securityContext=15*:SecurityContext stdin=16b stdinOnce=17b tty=18b",
  EphemeralContainer: ".=1:Container targetContainerName=2s",
  ContainerPort: "name=1s hostPort=2i containerPort=3i protocol=4s hostIP=5s",
  Resources: "limits=1{}Q requests=2{}Q",
  Resize: "resourceName=1s restartPolicy=2s",
  Device: "name=1s devicePath=2s",
  Mount: "name=1s readOnly=2b recursiveReadOnly=7*s mountPath=3s subPath=4s mountPropagation=5*s " +
    "subPathExpr=6s",
  EnvFrom: "prefix=1s configMapRef=2*:OptRef secretRef=3*:OptRef",
  OptRef: ".=1:LocalRef optional=2*b",
  EnvVar: "name=1s value=2s valueFrom=3*:EnvSrc",
  EnvSrc: "fieldRef=1*:FieldRef resourceFieldRef=2*:ResRef configMapKeyRef=3*:KeyRef " +
    "secretKeyRef=4*:KeyRef",
  FieldRef: "apiVersion=1s fieldPath=2s",
  ResRef: "containerName=1s resource=2s divisor=3Q",
  KeyRef: ".=1:LocalRef key=2s optional=3*b",
  Probe: ".=1:Handler initialDelaySeconds=2i timeoutSeconds=3i periodSeconds=4i " +
    "successThreshold=5i failureThreshold=6i terminationGracePeriodSeconds=7*i",
  Handler: "exec=1*:Exec httpGet=2*:HTTP tcpSocket=3*:TCP grpc=4*:GRPC",
  Exec: "command=1[]s",
  HTTP: "path=1s port=2I host=3s scheme=4s httpHeaders=5[]:HH",
  HH: "name=1s value=2s",
  TCP: "port=1I host=2s",
  GRPC: "port=1i service=2*s",
  Lifecycle: "postStart=1*:LH preStop=2*:LH stopSignal=3*s",
  LH: "exec=1*:Exec httpGet=2*:HTTP tcpSocket=3*:TCP sleep=4*:Sleep",
  Sleep: "seconds=1i",
  PodSecurityContext:
    "runAsUser=2*i runAsNonRoot=3*b supplementalGroups=4[]i fsGroup=5*i runAsGroup=6*i " +
    "sysctls=7[]:HH fsGroupChangePolicy=9*s seccompProfile=10*:Prof appArmorProfile=11*:Prof",
  Prof: "type=1s localhostProfile=2*s",
  SecurityContext: "capabilities=1*:Caps privileged=2*b runAsUser=4*i runAsNonRoot=5*b " +
    "readOnlyRootFilesystem=6*b allowPrivilegeEscalation=7*b runAsGroup=8*i procMount=9*s " +
    "seccompProfile=11*:Prof appArmorProfile=12*:Prof",
  Caps: "add=1[]s drop=2[]s",
  Volume: "name=1s .=2:VolumeSource",
  VolumeSource: "hostPath=1*:HP emptyDir=2*:ED secret=6*:SV persistentVolumeClaim=10*:PVC " +
    "downwardAPI=16*:DA configMap=19*:CV projected=26*:PJ",
  HP: "path=1s type=2*s",
  ED: "medium=1s sizeLimit=2*Q",
  PVC: "claimName=1s readOnly=2b",
  SV: "secretName=1s items=2[]:Item defaultMode=3*i optional=4*b",
  CV: ".=1:LocalRef items=2[]:Item defaultMode=3*i optional=4*b",
  Item: "key=1s path=2s mode=3*i",
  DA: "items=1[]:DAF defaultMode=2*i",
  DAF: "path=1s fieldRef=2*:FieldRef resourceFieldRef=3*:ResRef mode=4*i",
  PJ: "sources=1[]:PS defaultMode=2*i",
  PS: "secret=1*:PSR downwardAPI=2*:DA configMap=3*:PSR serviceAccountToken=4*:SAT",
  PSR: ".=1:LocalRef items=2[]:Item optional=4*b",
  SAT: "audience=1s expirationSeconds=2*i path=3s",
  CronJob: "metadata=1:ObjectMeta spec=2:CronJobSpec",
  CronJobSpec: "schedule=1s startingDeadlineSeconds=2*i concurrencyPolicy=3s suspend=4*b " +
    "jobTemplate=5:JobTemplateSpec successfulJobsHistoryLimit=6*i failedJobsHistoryLimit=7*i " +
    "timeZone=8*s",
  JobTemplateSpec: "metadata=1:ObjectMeta spec=2:JobSpec",
};
