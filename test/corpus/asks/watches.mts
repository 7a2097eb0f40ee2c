import { configMap } from '../manifests.mts'
import type { Manifest } from '../row.mts'
import { list, post, put, remove, ssa } from '../talk.mts'
import type { Ask, Talk } from '../talk.mts'

const MAPS = { apiVersion: 'v1', kind: 'ConfigMap' }
const CUSTOM = { apiVersion: 'secrets.hashicorp.com/v1beta1', kind: 'VaultAuth' }
const NONE = { apiVersion: 'v1', kind: 'Secret' }

function labelled(name: string, labels: Record<string, string>, data = '1'): Manifest {
  return { ...configMap({ a: data }), metadata: { name, labels } }
}

function watch(query: string): Ask {
  return list(MAPS, `?watch=true&timeoutSeconds=1${query}`)
}

const OURS = '&labelSelector=ours'

/** What a watch tells, from which version on. */
export const watchTalks: readonly Talk[] = [
  {
    name: 'a watch from the version of a list tells what came after it',
    asks: [list(NONE), { ...list(MAPS, '?labelSelector=ours') }, post(labelled('a', { ours: 'yes' })), list(NONE)],
  },
  {
    name: 'a watch without a version begins with what is there',
    asks: [post(labelled('a', { ours: 'yes' })), post(labelled('b', { ours: 'yes' })), watch(OURS)],
  },
  {
    name: 'a watch of version 0 begins with what is there',
    asks: [post(labelled('a', { ours: 'yes' })), watch(`${OURS}&resourceVersion=0`)],
  },
  {
    name: 'a watch from a version on tells changes and removals after it',
    asks: [
      post(labelled('first', { ours: 'yes' })),
      { ...watch(`${OURS}&resourceVersion=$version`), path: `${watch(OURS).path}&resourceVersion=$version` },
    ],
  },
  {
    name: 'a watch from an earlier version tells all that happened since',
    asks: [
      list(MAPS, '?labelSelector=none'),
      { ...post(labelled('a', { ours: 'yes' })), path: post(configMap()).path },
      ssa(labelled('a', { ours: 'yes' }, '2'), { query: '&force=true' }),
      remove({ ...MAPS, name: 'a' }),
    ],
  },
  // A server that was never started again remembers its own kinds from the first version on; this one came later.
  {
    name: 'a watch of a version that is long gone',
    asks: [list(CUSTOM, '?watch=true&timeoutSeconds=1&resourceVersion=1')],
  },
  { name: 'a watch with a version that is no number', asks: [watch('&resourceVersion=old')] },
  {
    name: 'a watch that lists first says when it is through',
    asks: [
      post(labelled('a', { ours: 'yes' })),
      watch(`${OURS}&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan`),
    ],
  },
  {
    name: 'a watch that lists first without bookmarks',
    asks: [watch(`${OURS}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`)],
  },
  {
    name: 'a watch that lists first without saying from when',
    asks: [watch('&sendInitialEvents=true&allowWatchBookmarks=true')],
  },
  {
    name: 'a watch of one name',
    asks: [post(labelled('a', {})), post(labelled('b', {})), watch('&fieldSelector=metadata.name%3Db')],
  },
  { name: 'a watch of nothing ends in its time', asks: [list(NONE, '?watch=true&timeoutSeconds=1&resourceVersion=0')] },
  { name: 'a watch by a selector that is none', asks: [watch('&labelSelector=%3D%3D')] },
  {
    name: 'a watch of one object by its old path',
    asks: [
      post(labelled('a', {})),
      { method: 'GET', path: '/api/v1/watch/namespaces/NAMESPACE/configmaps/a?timeoutSeconds=1' },
    ],
  },
  {
    name: 'what a change makes match is new to a watch, and what it makes differ is gone from it',
    asks: [
      post(labelled('a', { ours: 'yes' })),
      post(labelled('b', {})),
      ssa(labelled('a', { theirs: 'yes' }), { manager: 'other', query: '&force=true' }),
      { ...put(labelled('a', {}), {}), over: { metadata: { labels: {} } } },
      watch(OURS),
    ],
  },
]
