import { kindKey } from '../kube/object.mts'
import { judgeAutoscaler } from './autoscaler.mts'
import { judgeCertificate } from './certificate.mts'
import { judgeClaim } from './claim.mts'
import { judgeDaemonSet } from './daemonset.mts'
import { judgeDeployment } from './deployment.mts'
import { judgeAnything, judgeExisting, judgeNamespace } from './generic.mts'
import { currentOf, type Health, type Judge, type Snapshot, type Subject } from './health.mts'
import { judgeIngress } from './ingress.mts'
import { judgeJob } from './job.mts'
import { judgePod } from './pod.mts'
import type { Pod } from './seen.mts'
import { judgeStatefulSet } from './statefulset.mts'
import { judgeStaticSecret, judgeVaultAuth } from './vault.mts'

const JUDGES: Readonly<Record<string, Judge>> = {
  'apps/Deployment': judgeDeployment,
  'apps/StatefulSet': judgeStatefulSet,
  'apps/DaemonSet': judgeDaemonSet,
  'batch/Job': judgeJob,
  '/Pod': (subject, snapshot) => judgePod(currentOf<Pod>(subject, snapshot), snapshot, subject.since),
  '/PersistentVolumeClaim': judgeClaim,
  '/Namespace': judgeNamespace,
  'networking.k8s.io/Ingress': judgeIngress,
  'cert-manager.io/Certificate': judgeCertificate,
  'secrets.hashicorp.com/VaultAuth': judgeVaultAuth,
  'secrets.hashicorp.com/VaultStaticSecret': judgeStaticSecret,
  'autoscaling/HorizontalPodAutoscaler': judgeAutoscaler,
  // A Service's endpoints are its pods' matter, a budget of a workload that is not up yet allows nothing, and a policy,
  // a quota and a range are in force from the moment they are there: none of them may hold a rollout up.
  '/Service': judgeExisting,
  '/ConfigMap': judgeExisting,
  '/Secret': judgeExisting,
  '/ResourceQuota': judgeExisting,
  '/LimitRange': judgeExisting,
  'policy/PodDisruptionBudget': judgeExisting,
  'networking.k8s.io/NetworkPolicy': judgeExisting,
} satisfies Record<string, Judge>

/** What is to be said of an applied object at this moment: from the snapshot alone, by its kind. */
export function judge(subject: Subject, snapshot: Snapshot): Health {
  return (JUDGES[kindKey(subject.object)] ?? judgeAnything)(subject, snapshot)
}
