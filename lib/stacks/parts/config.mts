import type { ConfigMap } from '../../kube/schema/types.mts'

/** Values or files that are no secret. Pods that read it are rolled by the deploy that changes it. */
export function configMap(name: string, data: Readonly<Record<string, string>>): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { ...data } }
}

/**
 * `config.js` of a static app: sets `window.<global>`, so that one built image serves every environment. The values are
 * public: each visitor's browser reads them.
 */
export function runtimeConfig(
  name: string,
  values: Readonly<Record<string, unknown>>,
  global = '__CONFIG__',
): ConfigMap {
  // A `</script>` in a value must not end the script where a page inlines the file.
  const json = JSON.stringify(values, null, 2).replaceAll('<', String.raw`\u003c`)
  return configMap(name, { 'config.js': `window.${global} = ${json}\n` })
}
