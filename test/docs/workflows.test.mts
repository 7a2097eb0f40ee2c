import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parse } from 'yaml'
import { knownFor, variablesOf } from '../../lib/settings/known.mts'
import { loadStack } from '../../lib/stacks/load.mts'
import { shownInLine } from './commands.mts'
import { WORKFLOWS, type Page } from './pages.mts'
import { refusals } from './refused.mts'

interface Step {
  name?: string
  uses?: string
  run?: string
  env?: Record<string, string>
  if?: string
}

interface Job {
  needs?: string | string[]
  if?: string
  environment?: string
  steps: Step[]
}

interface Workflow {
  on: Record<string, { paths?: string[] } | null>
  jobs: Record<string, Job>
}

function workflowOf({ text }: Page): Workflow {
  return parse(text)
}

function stepsOf({ jobs }: Workflow): Step[] {
  return Object.values(jobs).flatMap(({ steps }) => steps)
}

function commandsOf(workflow: Workflow) {
  const lines = stepsOf(workflow).flatMap(({ run = '' }) => run.replaceAll(/\\\n\s*/g, ' ').split('\n'))
  return lines.flatMap(shownInLine)
}

/** The jobs that have to end before this one, of all generations. */
function before(jobs: Workflow['jobs'], name: string): string[] {
  const needs = [jobs[name]?.needs ?? []].flat()
  return [...needs, ...needs.flatMap((need) => before(jobs, need))]
}

suite('docs/ci', () => {
  for (const page of WORKFLOWS) {
    const workflow = workflowOf(page)
    const name = /^docs\/ci\/(\w+)/.exec(page.path)?.[1] ?? ''

    test(`YB-18 WN-10 ${page.path} runs only commands that are taken`, async () => {
      const commands = commandsOf(workflow)
      assert.ok(commands.length > 3, 'a workflow without commands proves nothing')
      assert.deepEqual(await refusals(commands), [])
    })

    test(`YB-18 WN-10 ${page.path} sets only variables that its stack knows`, async () => {
      const known = variablesOf(knownFor(await loadStack(name)))
      const set = stepsOf(workflow).flatMap(({ env }) => Object.keys(env ?? {}))
      assert.deepEqual(
        set.filter((one) => one.startsWith('LANDFALL_') && !known.includes(one)),
        [],
      )
    })

    test(`YB-18 WN-10 ${page.path} has jobs that can run`, () => {
      for (const [job, { steps }] of Object.entries(workflow.jobs)) {
        for (const need of before(workflow.jobs, job)) assert.ok(workflow.jobs[need], `${job} needs ${need}`)
        for (const step of steps) assert.ok((step.run === undefined) !== (step.uses === undefined), step.name)
      }
    })

    test(`YB-18 WN-10 ${page.path} takes its cluster away, whatever happened`, () => {
      const down = stepsOf(workflow).find(({ run }) => run?.includes('cluster.mts down'))
      assert.equal(down?.if, 'always()')
    })
  }

  test('YB-18 docs/ci/yab.yml goes from lint to production by staging and an approval', () => {
    const page = WORKFLOWS.find(({ path }) => path.endsWith('/yab.yml'))
    assert.ok(page)
    const { jobs, on } = workflowOf(page)
    const way = ['changes', 'lint-backend', 'lint-sites', 'images', 'manifests', 'smoke', 'staging']
    assert.deepEqual([...new Set(before(jobs, 'production'))].sort(), way.sort())
    assert.equal(jobs['staging']?.environment, 'staging')
    assert.equal(jobs['production']?.environment, 'production')
    assert.ok(on['push']?.paths?.length)
    const images = jobs['images']?.steps.map((step) => step.name).filter((one) => /^(build|scan|push)$/.test(one ?? ''))
    assert.deepEqual(images, ['build', 'scan', 'push'])
  })
})
