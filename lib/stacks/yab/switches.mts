import { nameOf, type App } from './names.mts'
import type { Settings } from './settings.mts'

/** The apps that have a host of their own. */
export type Site = 'api' | 'web' | 'admin'

const SITES = { api: 'api', web: 'app', admin: 'admin' } as const satisfies Record<Site, string>

/** Every app that the settings switch on; where the API is, so are its migrations. */
export function appsIn({ api, web, admin, worker }: Settings): App[] {
  const switched = { api, migrations: api, web, admin, worker } satisfies Record<App, { enabled: boolean }>
  return (Object.keys(switched) as App[]).filter((app) => switched[app].enabled)
}

/** The sites that an Ingress leads to. */
export function sitesIn(settings: Settings): Site[] {
  return (Object.keys(SITES) as Site[]).filter((app) => settings[app].enabled && settings[app].ingress.enabled)
}

export function hostOf(app: Site, settings: Settings): string {
  return settings[app].ingress.host ?? `${SITES[app]}.${settings.domain}`
}

/** The Secret of a site's certificate. */
export function certificateOf(app: Site): string {
  return `${nameOf(app)}-tls`
}

/** How users come in: HTTPS, unless it was taken away or stands on a certificate that nobody can check. */
export function schemeOf({ tls }: Settings): 'https' | 'http' {
  return tls.from === 'none' || isSelfSigned(tls) ? 'http' : 'https'
}

/** Made by nobody that anybody knows, so that no proof can tell it from somebody else's. */
export function isSelfSigned({ from, issuer }: Settings['tls']): boolean {
  return from === 'issuer' && issuer === 'self-signed'
}
