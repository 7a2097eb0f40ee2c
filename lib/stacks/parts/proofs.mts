import type { Ref } from '../../kube/object.mts'
import type {
  AbsentSpec,
  BackedSpec,
  CertificateSpec,
  DnsSpec,
  FallbackSpec,
  FreshSpec,
  InsideSpec,
  JobDoneSpec,
  MigratedSpec,
  RedirectSpec,
  ServesSpec,
  UnreachableSpec,
} from '../../proof/spec.mts'

/** References as proofs name them; the namespace is the home one. */
export const deployment = (name: string): Ref => ({ apiVersion: 'apps/v1', kind: 'Deployment', name })
export const statefulSet = (name: string): Ref => ({ apiVersion: 'apps/v1', kind: 'StatefulSet', name })
export const service = (name: string): Ref => ({ apiVersion: 'v1', kind: 'Service', name })
export const secret = (name: string): Ref => ({ apiVersion: 'v1', kind: 'Secret', name })
export const job = (name: string): Ref => ({ apiVersion: 'batch/v1', kind: 'Job', name })

/** What serves: the Deployment and its Service are called `app` and run `image`; `build` is what the answer must tell. */
export interface Serving {
  app: string
  image: string
  build?: { field: string; is: string }
  /** Plain HTTP, for a laptop. */
  scheme?: 'http'
}

/** The host's path answers 200 from the new pods, three times in a row at least, and as often as there are pods. */
export function serves(name: string, host: string, path: string, { app, image, build, scheme }: Serving): ServesSpec {
  const backedBy = { service: service(app), workload: deployment(app), image }
  const named = build === undefined || build.is.startsWith('sha256:') ? {} : { fields: { [build.field]: build.is } }
  const by = scheme === undefined ? {} : { scheme }
  return { kind: 'serves', name, ...by, host, path, status: 200, ...named, backedBy, times: 3 }
}

/**
 * What asks no HTTP answers: the Service leads to ready pods of the newest version that run the image. Ready is what the
 * node found by asking as the readiness probe does (`pg_isready`, `redis-cli ping`), at most some seconds ago.
 */
export function answers(workload: Ref, image: string): BackedSpec {
  const { name } = workload
  return { kind: 'backed', name: `${name} answers`, service: service(name), workload, image }
}

/** An unknown path answers the index page. */
export function fallsBack(host: string, path = '/no/such/page'): FallbackSpec {
  return { kind: 'fallback', name: 'fallback', host, path }
}

/** `https://<host><path>` is a real 404. */
export function absent(host: string, path: string): AbsentSpec {
  return { kind: 'absent', name: `no ${path}`, host, path }
}

/** The Service itself answers 404 to each path, asked inside the cluster. */
export function absentInside(name: string, port: number, paths: readonly string[]): InsideSpec[] {
  return paths.map((path) => ({
    kind: 'inside',
    name: `no ${path} inside`,
    service: service(name),
    port,
    path,
    status: 404,
  }))
}

/** Plain HTTP is sent to HTTPS. */
export function redirectsToHttps(host: string, path = '/'): RedirectSpec {
  return { kind: 'redirects', name: 'redirect', host, path }
}

/** The certificate that is shown is valid for the host, and is the one in the Secret. */
export function certified(host: string, secretName: string): CertificateSpec {
  return { kind: 'certificate', name: 'certificate', host, secret: secret(secretName) }
}

/** Nothing leads to the Service from outside. */
export function unreachable(name: string): UnreachableSpec {
  return { kind: 'unreachable', name: `${name} unreachable`, service: service(name) }
}

/** The Job, by the name it was declared with, ran to its end. */
export function jobDone(name: string, as: string): JobDoneSpec {
  return { kind: 'job-done', name: as, job: job(name) }
}

/** The migration of every serving pod of the Deployment ended with 0. */
export function migrated(app: string, container: string): MigratedSpec {
  return { kind: 'migrated', name: 'migrations', workload: deployment(app), container }
}

/** No pod of the workload is older than the data of a Secret it reads. */
export function fresh(workload: Ref): FreshSpec {
  return { kind: 'fresh', name: `${workload.name} fresh`, workload }
}

/** Advice: public DNS leads to the ingress. */
export function inDns(host: string): DnsSpec {
  return { kind: 'dns', name: 'dns', host }
}
