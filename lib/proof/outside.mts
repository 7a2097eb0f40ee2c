import { X509Certificate } from 'node:crypto'
import type { Secret } from '../kube/schema/types.mts'
import {
  judgeAbsent,
  judgeFallback,
  judgeRedirects,
  judgeServes,
  TIMES,
  untoldFields,
  wrongIn,
} from './judges/answers.mts'
import { judgeCertificate } from './judges/certificate.mts'
import type { Kept } from './judges/certificate.mts'
import { isPublic, judgeDns } from './judges/dns.mts'
import { servingIn } from './judges/running.mts'
import { reach } from './https.mts'
import type { Reached } from './https.mts'
import { getOne, Denied } from './reading.mts'
import { resolvePublic } from './resolve.mts'
import { findEdge } from './scene.mts'
import type { Scene } from './scene.mts'
import type { AbsentSpec, CertificateSpec, DnsSpec, FallbackSpec, RedirectSpec, ServesSpec } from './spec.mts'
import { advice, unchecked } from './verdict.mts'
import type { Verdict } from './verdict.mts'
import { askBacking, slicesOf } from './within.mts'

export async function askServes(spec: ServesSpec, scene: Scene): Promise<Verdict> {
  return fromOutside(spec.host, scene, async (ask) => {
    const asked = { ...spec, times: await timesFor(spec, scene) }
    if (spec.backedBy === undefined) return judgeServes(asked, await answersTo(asked, ask), undefined)
    if (spec.fields !== undefined) {
      const told = await answersTo(asked, ask)
      const isEnough =
        untoldFields(spec, told).length === 0 || told.some((answer) => wrongIn(spec, answer) !== undefined)
      if (isEnough) return judgeServes(asked, told, undefined)
    }
    // In this order: what was answered while an old pod could still answer tells nothing.
    const backing = await askBacking(spec.backedBy, scene)
    return judgeServes(asked, await answersTo(asked, ask), backing)
  })
}

/** Ends with the first answer that does not count. */
async function answersTo(spec: ServesSpec & { times: number }, ask: AskOutside): Promise<Reached[]> {
  const answers: Reached[] = []
  for (let asked = 0; asked < spec.times; asked++) {
    const answer = await ask(spec.scheme ?? 'https', spec.path)
    answers.push(answer)
    if (wrongIn(spec, answer) !== undefined) break
  }
  return answers
}

/** Answers in a row, however many pods there are. */
const MOST = 20

/** One answer for each pod that may give it, as an ingress controller asks them in turn: a single old one among many would be missed. */
async function timesFor({ times = TIMES, backedBy }: ServesSpec, scene: Scene): Promise<number> {
  if (backedBy === undefined) return times
  try {
    const serving = servingIn(await slicesOf(backedBy.service, scene))
    const pods = new Set(serving.map(({ targetRef, addresses }) => targetRef?.uid ?? addresses[0]))
    return Math.max(times, Math.min(pods.size, MOST))
  } catch (error) {
    if (error instanceof Denied) return times
    throw error
  }
}

export async function askAbsent(spec: AbsentSpec, scene: Scene): Promise<Verdict> {
  return fromOutside(spec.host, scene, async (ask) =>
    judgeAbsent(spec, ...(await Promise.all([ask('https', spec.path), ask('https', '/')]))),
  )
}

export async function askFallback(spec: FallbackSpec, scene: Scene): Promise<Verdict> {
  return fromOutside(spec.host, scene, async (ask) =>
    judgeFallback(spec, ...(await Promise.all([ask('https', spec.path), ask('https', '/')]))),
  )
}

export async function askRedirects(spec: RedirectSpec, scene: Scene): Promise<Verdict> {
  return fromOutside(spec.host, scene, async (ask) => judgeRedirects(spec, await ask('http', spec.path)))
}

export async function askCertificate(spec: CertificateSpec, scene: Scene): Promise<Verdict> {
  return fromOutside(spec.host, scene, async (ask) => {
    const [answer, kept] = await Promise.all([ask('https', '/'), readCertificate(spec, scene)])
    return judgeCertificate(spec, answer, kept, Date.now())
  })
}

/** Only the first certificate is taken from the Secret; the key never leaves the answer. */
async function readCertificate({ secret }: CertificateSpec, { cluster, signal }: Scene): Promise<Kept> {
  try {
    const found = await getOne<Secret>(cluster, secret, signal)
    if (found === undefined) return { state: 'missing' }
    return parseFirst(Buffer.from(found.data?.['tls.crt'] ?? '', 'base64'))
  } catch (error) {
    if (error instanceof Denied) return { state: 'denied', permission: error.permission }
    throw error
  }
}

function parseFirst(pem: Buffer): Kept {
  try {
    return { state: 'read', certificate: new X509Certificate(pem) }
  } catch {
    return { state: 'empty' }
  }
}

export async function askDns(spec: DnsSpec, scene: Scene): Promise<Verdict> {
  if (!isPublic(spec.host)) return advice(`${spec.host} is not a public name`)
  const edge = await findEdge(scene, spec.host)
  const resolve = scene.target.resolve ?? resolvePublic
  const found = await resolve(spec.host).catch((error: unknown) =>
    error instanceof Error ? error : new Error(String(error)),
  )
  return judgeDns(spec, found, edge?.https)
}

type AskOutside = (scheme: 'https' | 'http', path: string) => Promise<Reached>

/** Asks at the ingress address; where nobody knows that yet, nothing can be asked. */
async function fromOutside(host: string, scene: Scene, ask: (ask: AskOutside) => Promise<Verdict>): Promise<Verdict> {
  const edge = await findEdge(scene, host)
  if (edge === undefined) return unchecked(`no Ingress in ${scene.target.home} tells an address for ${host} yet`)
  const { trust, signal } = scene
  return ask((scheme, path) => reach({ scheme, host, path, address: edge[scheme], trust, signal }))
}
