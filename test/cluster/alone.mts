import { before } from 'node:test'
import { takeStage } from './stage.mts'

// LANDFALL_STORIES=wrightnow node --test test/cluster/alone.mts: some files of this folder, on the cluster that is up.
const { LANDFALL_STORIES: stories = '' } = process.env
// It is no setting, and what the stories start would say so.
delete process.env['LANDFALL_STORIES']

before(takeStage)

for (const name of stories.split(',')) await import(`./${name}.mts`)
