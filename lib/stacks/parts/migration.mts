import type { Container, Job } from '../../kube/schema/types.mts'
import { envFromAll, envOf, scratchVolumes, strictContainer, strictPod } from './pod.mts'
import type { Identity, Resources, Variable } from './pod.mts'
import { selects } from './selector.mts'

/** A command of the app's own image that must end with 0 before the app starts. */
export interface Migration {
  /** Of the container. */
  name: string
  command: readonly string[]
  workingDir?: string
  /** Variables of its own: it has the app's ConfigMaps and Secrets, not the app's own variables. */
  env?: Readonly<Record<string, Variable>>
}

export interface MigrationJob extends Omit<Migration, 'name'> {
  /** Of the Job; its content's hash is added to it, so that a new image is a new Job. Also of its container. */
  name: string
  image: string
  uid: number
  config?: readonly string[]
  secrets?: readonly string[]
  account?: Identity
  resources?: Resources
  writable?: readonly string[] | 'anywhere'
}

const REQUESTS: Resources = { requests: { cpu: '50m', memory: '128Mi' } }

/** The migration as a Job that runs once per content, before whatever needs its component: not once per pod. */
export function migrationJob(job: MigrationJob): Job {
  const { writable = ['/tmp'], resources = REQUESTS, config, secrets, image } = job
  const container = migrating(job, { image, envFrom: envFromAll(config, secrets), resources })
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: job.name },
    spec: {
      // A migration that failed three times fails again; a database that starts beside it has had its time by then.
      backoffLimit: 2,
      template: {
        metadata: { labels: selects(job.name) },
        spec: strictPod(
          { user: job.uid },
          {
            // Each attempt is a pod of its own, whose log stays.
            restartPolicy: 'Never',
            containers: [strictContainer(container, writable)],
            volumes: scratchVolumes(writable),
          },
          job.account,
        ),
      },
    },
  }
}

/** The container that migrates, with what the app whose image it is reads its configuration from. */
export function migrating(
  { name, command, workingDir, env = {} }: Migration,
  app: { image: string; envFrom: Container['envFrom'] & object; resources: Resources },
): Container {
  return {
    name,
    image: app.image,
    command: [...command],
    ...(workingDir === undefined ? {} : { workingDir }),
    envFrom: app.envFrom,
    env: envOf(env),
    resources: app.resources,
  }
}
