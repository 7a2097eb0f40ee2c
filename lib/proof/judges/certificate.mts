import type { X509Certificate } from 'node:crypto'
import type { Reached } from '../https.mts'
import type { CertificateSpec } from '../spec.mts'
import { formatRef } from '../../kube/object.mts'
import { failed, passed, unchecked } from '../verdict.mts'
import type { Verdict } from '../verdict.mts'
import { isAboutCertificate } from './refusal.mts'
import { issuerOf, namesOf, until } from './names.mts'

/** The first certificate of the Secret's tls.crt, or why there is none to compare with. */
export type Kept =
  | { state: 'read'; certificate: X509Certificate }
  | { state: 'missing' }
  | { state: 'empty' }
  | { state: 'denied'; permission: string }

const DAY = 24 * 3_600_000

/** Valid for the host as the handshake verified it, and the one in the Secret. */
export function judgeCertificate(spec: CertificateSpec, answer: Reached, kept: Kept, now: number): Verdict {
  if (answer.state === 'refused') return refused(spec, answer, kept)
  const served = answer.certificate
  if (served === undefined) return unchecked(`https://${spec.host} answered without telling its certificate`)
  const secret = formatRef(spec.secret)
  const valid = `certificate ${daysLeft(served, now)} (until ${until(served)}, by ${issuerOf(served)})`
  if (kept.state === 'denied') {
    return unchecked(`${valid}, not compared with ${secret}: no permission to ${kept.permission}`, 'permission')
  }
  if (kept.state === 'missing')
    return failed(`${secret} is not there; https://${spec.host} answers with ${naming(served)}`)
  if (kept.state === 'empty')
    return failed(`${secret} has no certificate in tls.crt; https://${spec.host} answers with ${naming(served)}`)
  return isSame(served, kept.certificate) ? passed(valid) : failed(differs(spec, served, kept.certificate))
}

function refused(spec: CertificateSpec, answer: Reached & { state: 'refused' }, kept: Kept): Verdict {
  const says = `https://${spec.host}: ${answer.says}`
  if (!isAboutCertificate(answer.code) || answer.certificate === undefined || kept.state !== 'read') return failed(says)
  const secret = formatRef(spec.secret)
  if (isSame(answer.certificate, kept.certificate)) return failed(`${says}; it is the one in ${secret}`)
  return failed(`${says}; and ${differs(spec, answer.certificate, kept.certificate)}`)
}

function differs(spec: CertificateSpec, served: X509Certificate, kept: X509Certificate): string {
  return `https://${spec.host} answers with ${naming(served)}, while ${formatRef(spec.secret)} holds ${naming(kept)}`
}

function naming(certificate: X509Certificate): string {
  return `that for ${namesOf(certificate)} (serial ${certificate.serialNumber}, until ${until(certificate)})`
}

function isSame(one: X509Certificate, other: X509Certificate): boolean {
  return one.fingerprint256 === other.fingerprint256
}

function daysLeft(certificate: X509Certificate, now: number): string {
  const days = Math.floor((certificate.validToDate.getTime() - now) / DAY)
  return days === 1 ? '1 day' : `${days} days`
}
