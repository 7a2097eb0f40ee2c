/** A kubeconfig of one context, as JSON. */
interface Config {
  clusters: [{ cluster: { server: string } & Record<string, unknown> }]
  users: [{ user: Record<string, unknown> }]
}

/** The kubeconfig of a rehearsal under another name for its context, its cluster and its user; and its server. */
export function renamed(kubeconfig: string, name: string): { server: string; text: string } {
  const config = JSON.parse(kubeconfig) as Config
  const [{ cluster }] = config.clusters
  const [{ user }] = config.users
  const made = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  }
  return { server: cluster.server, text: `${JSON.stringify(made, null, 2)}\n` }
}
