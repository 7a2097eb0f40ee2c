/** A folder of test/apps and the tags that are built from its one Containerfile. */
export interface App {
  readonly folder: string
  /** Path in the registry; what a pod's short image name means there (`postgres` is docker.io/library/postgres). */
  readonly repository: string
  readonly base: 'debian' | 'scratch'
  /** What has to be put beside the Containerfile first. */
  readonly beside: 'nothing' | 'wheels' | 'busybox' | 'minio'
  /** Tag → what its build is told apart from BUILD, which is the tag itself. */
  readonly tags: Readonly<Record<string, BuildArgs>>
}

export type BuildArgs = Readonly<Record<string, string>>

/** The base that is made where debian:bookworm-slim cannot be pulled. */
export const DEBIAN = { folder: 'debian', suite: 'bookworm' } as const

const same = { abc: {}, abd: {}, bad: {}, slow: {}, bare: {}, noconf: {} } as const

/** Everything the demo pushes. What the tags of the API are for stands in test/apps/README.md. */
export const APPS: readonly App[] = [
  { folder: 'busybox', repository: 'library/busybox', base: 'scratch', beside: 'busybox', tags: { '1': {} } },
  { folder: 'postgres', repository: 'library/postgres', base: 'debian', beside: 'nothing', tags: { '15': {} } },
  {
    folder: 'minio',
    repository: 'minio/minio',
    base: 'scratch',
    beside: 'minio',
    tags: { 'RELEASE.2025-09-07T16-13-09Z': {} },
  },
  {
    folder: 'api',
    repository: 'library/reactbin-api',
    base: 'debian',
    beside: 'wheels',
    tags: {
      abc: {},
      abd: { MIGRATIONS: 'abd' },
      bad: { MIGRATIONS: 'abd bad' },
      slow: { MIGRATIONS: 'abd slow' },
      bare: { MIGRATIONS: 'abd', WITHOUT: '/opt/site/alembic /opt/site/bin/alembic' },
      noconf: { MIGRATIONS: 'abd', WITHOUT: 'alembic.ini' },
    },
  },
  { folder: 'ui', repository: 'library/reactbin-ui', base: 'debian', beside: 'nothing', tags: same },
]
