import type { DemoName } from './names.mts'

/** A folder of test/apps and the tags that are built from its one Containerfile. */
export interface Image {
  readonly folder: string
  /** The image that ARG BASE names, by its folder: the first of its tags. */
  readonly base: 'scratch' | 'debian' | 'python' | 'nginx' | 'postgres'
  /** What has to be put beside the Containerfile first. */
  readonly beside: 'nothing' | 'debian' | 'wheels' | 'busybox' | 'minio'
  /** Tag → what its build is told apart from BUILD, which is the tag itself. */
  readonly tags: Readonly<Record<string, BuildArgs>>
}

/** An image that is pushed. */
export interface App extends Image {
  /**
   * Path in the registry; what a pod's image name means there without its registry (`postgres` is
   * docker.io/library/postgres, `ghcr.io/yourorg/api` is yourorg/api).
   */
  readonly repository: string
  /** The stacks that run it. */
  readonly demos: readonly DemoName[]
}

export type BuildArgs = Readonly<Record<string, string>>

/** The base that is made where debian:bookworm-slim cannot be pulled; its tag is the suite. */
export const DEBIAN: Image = { folder: 'debian', base: 'scratch', beside: 'debian', tags: { bookworm: {} } }

/** Layers that several images share. */
const BASES: readonly Image[] = [
  DEBIAN,
  { folder: 'python', base: 'debian', beside: 'wheels', tags: { base: {} } },
  { folder: 'nginx', base: 'debian', beside: 'nothing', tags: { base: {} } },
]

const REACTBIN: readonly App[] = [
  {
    folder: 'busybox',
    repository: 'library/busybox',
    base: 'scratch',
    beside: 'busybox',
    tags: { '1': {} },
    demos: ['reactbin', 'yab', 'pybase', 'wrightnow'],
  },
  {
    folder: 'postgres',
    repository: 'library/postgres',
    base: 'debian',
    beside: 'nothing',
    // The same PostgreSQL 15 under every name; 18 has its data where version 18 of the well-known image has them.
    tags: {
      '15': {},
      '15-alpine': {},
      '16-alpine': {},
      '18-alpine': { DATA: '/var/lib/postgresql/18/docker' },
    },
    demos: ['reactbin', 'yab', 'pybase', 'wrightnow'],
  },
  {
    folder: 'minio',
    repository: 'minio/minio',
    base: 'scratch',
    beside: 'minio',
    tags: { 'RELEASE.2025-09-07T16-13-09Z': {} },
    demos: ['reactbin', 'pybase'],
  },
  {
    folder: 'api',
    repository: 'library/reactbin-api',
    base: 'python',
    beside: 'nothing',
    tags: {
      abc: {},
      abd: { MIGRATIONS: 'abd' },
      bad: { MIGRATIONS: 'abd bad' },
      slow: { MIGRATIONS: 'abd slow' },
      bare: { MIGRATIONS: 'abd', WITHOUT: '/opt/site/alembic /opt/site/bin/alembic' },
      noconf: { MIGRATIONS: 'abd', WITHOUT: 'alembic.ini' },
    },
    demos: ['reactbin'],
  },
  {
    folder: 'ui',
    repository: 'library/reactbin-ui',
    base: 'nginx',
    beside: 'nothing',
    tags: { abc: {}, abd: {}, bad: {}, slow: {}, bare: {}, noconf: {} },
    demos: ['reactbin'],
  },
]

const YAB: readonly App[] = [
  {
    folder: 'yab',
    repository: 'yourorg/api',
    base: 'python',
    beside: 'nothing',
    tags: {
      'sha-4f1c2ab': {},
      'sha-8d03e57': { MIGRATIONS: 'prices' },
      'sha-b61e9c4': { MIGRATIONS: 'prices broken' },
    },
    demos: ['yab'],
  },
  site('yourorg/web', 'yab', 'web', ['sha-4f1c2ab', 'sha-8d03e57', 'sha-b61e9c4']),
  site('yourorg/admin', 'yab', 'admin', ['sha-4f1c2ab', 'sha-8d03e57', 'sha-b61e9c4']),
]

const PYBASE: readonly App[] = [
  {
    folder: 'pybase',
    repository: 'library/pybase-api',
    base: 'python',
    beside: 'nothing',
    tags: {
      '1.4.0': {},
      '1.5.0': { MIGRATIONS: 'titles' },
      '1.6.0': { MIGRATIONS: 'titles broken' },
      // Its workers look for Redis where nobody has told them of it, and find it nowhere.
      '1.7.0': { MIGRATIONS: 'titles', BROKER: 'BROKER_URL' },
    },
    demos: ['pybase'],
  },
  site('library/pybase-frontend', 'pybase', 'PyBase', ['1.4.0', '1.5.0', '1.6.0', '1.7.0']),
  {
    folder: 'meilisearch',
    repository: 'getmeili/meilisearch',
    base: 'python',
    beside: 'nothing',
    tags: { 'v1.6.2': {}, 'v1.7.0': {} },
    demos: ['pybase'],
  },
]

const WRIGHTNOW: readonly App[] = [
  {
    folder: 'pgvector',
    repository: 'pgvector/pgvector',
    base: 'postgres',
    beside: 'nothing',
    tags: { pg15: {} },
    demos: ['wrightnow'],
  },
  {
    folder: 'authentik',
    repository: 'goauthentik/server',
    base: 'python',
    beside: 'nothing',
    tags: { '2025.8.4': {}, '2025.10.2': {}, '2026.8.2': {} },
    demos: ['wrightnow'],
  },
]

const REDIS: App = {
  folder: 'redis',
  repository: 'library/redis',
  base: 'debian',
  beside: 'nothing',
  tags: { '7-alpine': {} },
  demos: ['pybase', 'wrightnow'],
}

/** Everything that the demos push. What the tags are for stands in test/apps/README.md. */
export const APPS: readonly App[] = [...REACTBIN, REDIS, ...YAB, ...PYBASE, ...WRIGHTNOW]

/** The images that some stacks run. */
export function appsOf(demos: readonly DemoName[]): readonly App[] {
  return APPS.filter((app) => app.demos.some((demo) => demos.includes(demo)))
}

/** The image that another one is built on. */
export function baseOf(image: Image): Image | undefined {
  return [...BASES, ...APPS].find(({ folder }) => folder === image.base)
}

function site(repository: string, demo: DemoName, name: string, tags: readonly string[]): App {
  const args = { NAME: name }
  const builds = Object.fromEntries(tags.map((tag) => [tag, args]))
  return { folder: 'site', repository, base: 'nginx', beside: 'nothing', tags: builds, demos: [demo] }
}
