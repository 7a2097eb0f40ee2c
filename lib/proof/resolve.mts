import { Resolver } from 'node:dns/promises'

/** The addresses public DNS has for the name, without /etc/hosts; gives up after two seconds. */
export async function resolvePublic(host: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: 2_000, tries: 1 })
  const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
  const found = [four, six].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  if (found.length === 0 && four.status === 'rejected') throw four.reason
  return found
}
