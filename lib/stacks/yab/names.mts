import type { KubeObject } from '../../kube/object.mts'
import { labelled } from '../parts/labels.mts'
import type { Context } from '../stack.mts'
import type { Settings } from './settings.mts'

/** What yab's functions are given. */
export type Yab = Context<Settings>

/** The components that run; each has an image, a ServiceAccount and labels of its own. */
export type App = 'api' | 'web' | 'admin' | 'worker' | 'migrations'

/** Of its Deployment, Service, ServiceAccount and Ingress. */
export function nameOf(app: App): string {
  return `yab-${app}`
}

/** The image an app runs: worker and migrations are the API's, started in another way. */
export function imageOf(app: App): 'api' | 'web' | 'admin' {
  return app === 'web' || app === 'admin' ? app : 'api'
}

export const API_PORT = 8000
export const SITE_PORT = 8080

export const API_CONFIG = 'api-config'
export const API_ENV = 'api-env'
export const WORKER_ENV = 'worker-env'

/** The ConfigMap whose config.js a site's pages load first. */
export function siteConfigName(app: 'web' | 'admin'): string {
  return `${app}-config`
}

/** The recommended labels on an app's objects. */
export function marked(app: App, objects: readonly KubeObject[], { tag }: Pick<Yab, 'tag'>): KubeObject[] {
  return labelled(objects, { ...marksOf(app), version: tag(imageOf(app)) })
}

/** The recommended labels on what belongs to no image: Ingresses, configuration, accounts. */
export function markedFor(app: App, objects: readonly KubeObject[]): KubeObject[] {
  return labelled(objects, marksOf(app))
}

/** Those on what belongs to the whole system. */
export function markedForAll(component: string, objects: readonly KubeObject[]): KubeObject[] {
  return labelled(objects, { name: component, partOf: SYSTEM, instance: 'yab', component })
}

const SYSTEM = 'yetanotherboilerplate'

function marksOf(app: App) {
  return { name: app, partOf: SYSTEM, instance: nameOf(app), component: app }
}
