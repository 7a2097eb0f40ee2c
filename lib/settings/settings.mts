import type { Redacted } from '../report/redact.mts'
import type { CommonSettings } from '../stacks/common.mts'
import type { Stack } from '../stacks/stack.mts'
import type { Script } from './flags.mts'

/** One line of `--print-settings`. */
export interface SettingRow {
  path: string
  value: unknown
  /** Where the value came from: `default`, `preset production`, a file's name, a variable's or a flag's. */
  source: string
  secret: boolean
}

/** The cluster that was asked for; what is left out follows from the kubeconfig as kubectl resolves it. */
export interface ClusterChoice {
  kubeconfig?: string
  context?: string
  /** What the environment is pinned to; anything else is refused. */
  expect?: { context?: string; server?: string }
}

/** What a teardown leaves alone unless it is named. */
export type Kept = 'volumes' | 'secrets' | 'namespaces'

/** Everything a run was told, checked. */
export interface Settings {
  script: Script
  stack: Stack
  environment: string
  /** The home namespace. */
  namespace: string
  /** Tag or digest by image name. */
  tags: Readonly<Record<string, string>>
  /** The settings that every stack has. */
  common: CommonSettings
  /** The stack's own settings, as its schema gives them. */
  own: unknown
  /** The text of each file that the stack's settings name, by the path as it was said. */
  files: Readonly<Record<string, string>>
  cluster: ClusterChoice
  dryRun: 'none' | 'client' | 'server'
  output: 'text' | 'json' | 'yaml'
  /** render: the directory of `-o`; `-` is stdout. */
  directory?: string
  /** render: how the files of `-o` hang together. */
  format: 'yaml' | 'kustomize'
  /** render: compare, do not write. */
  check: boolean
  /** Milliseconds from the lock to the proof, where the stack's own limit was overruled. */
  within?: number
  onFailure: 'hold' | 'rollback'
  forceConflicts: boolean
  /** With a server dry run: differences end with exit 6. */
  exitCode: boolean
  schemaCompatible: boolean
  verbose: boolean
  color: boolean
  printSettings: boolean
  /** teardown: what goes as well. */
  with: readonly Kept[]
  /** teardown: confirmed without being asked. */
  yes: boolean
  /** rollback: the release to go back to. */
  to?: number
  /** Against the rehearsal cluster; the drill's name, or empty. */
  rehearse?: string
  /** The GitHub run that this is a part of. */
  githubRun?: string
  /** Values that must never be printed. */
  secrets: readonly Redacted[]
  /** The operator's own variable of this name: of the process, else of `.env`. A rehearsal makes one up. */
  variable: (name: string) => Redacted | undefined
  rows: readonly SettingRow[]
  /** What was odd but is no error. */
  notes: readonly string[]
}
