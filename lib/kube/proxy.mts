import { BlockList, isIP } from 'node:net'

/** The proxy for a server by HTTPS_PROXY, HTTP_PROXY and NO_PROXY, by the rules of Go's clients, kubectl among them. */
export function proxyFor(server: URL, env: NodeJS.ProcessEnv): string | undefined {
  const names = server.protocol === 'http:' ? ['HTTP_PROXY', 'http_proxy'] : ['HTTPS_PROXY', 'https_proxy']
  const proxy = names.map((name) => env[name]).find((value) => value !== undefined && value !== '')
  if (proxy === undefined || isExempt(server, env['NO_PROXY'] ?? env['no_proxy'] ?? '')) return undefined
  return proxy.includes('://') ? proxy : `http://${proxy}`
}

function isExempt(server: URL, list: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (host === 'localhost' || host.startsWith('127.') || host === '::1') return true
  const port = server.port === '' ? (server.protocol === 'http:' ? '80' : '443') : server.port
  return list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== '' && covers(entry, host, port))
}

function covers(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  if (entry.includes('/')) return inRange(entry, host)
  if (isIP(entry) !== 0) return entry === host
  const [, name = entry, wanted] = /^(.+?)(?::(\d+))?$/.exec(entry) ?? []
  if (wanted !== undefined && wanted !== port) return false
  const suffix = name.replace(/^\*?\./, '')
  // ".example.org" covers what is below it, "example.org" also itself.
  return host.endsWith(`.${suffix}`) || (host === suffix && suffix === name)
}

function inRange(entry: string, host: string): boolean {
  const [network = '', bits = ''] = entry.split('/')
  const family = isIP(network)
  if (family === 0 || isIP(host) !== family || !/^\d+$/.test(bits)) return false
  const kind = family === 4 ? 'ipv4' : 'ipv6'
  const range = new BlockList()
  range.addSubnet(network, Number(bits), kind)
  return range.check(host, kind)
}
