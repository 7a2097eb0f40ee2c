const COMMIT = /^sha-[0-9a-f]{7,64}$/
// semver.org's own grammar, with the `v` that many put before it and `_` for the `+` that a tag cannot hold.
const VERSION = /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(_[0-9A-Za-z.-]+)?$/
const DIGEST = /^sha256:[0-9a-f]{64}$/

/**
 * A `tagRule` for registries in which branches have tags that move: only a commit (`sha-1a2b3c4`), a version (`1.4.2`)
 * or a digest names one build. Says why another tag is refused.
 */
export function oneBuild(tag: string): string | undefined {
  if ([COMMIT, VERSION, DIGEST].some((form) => form.test(tag))) return undefined
  return 'it may name another build tomorrow, as a branch or "edge" does: use sha-<commit>, a version such as 1.4.2, or a digest'
}
