import { after } from 'node:test'
import recording from '../fixtures/kube/answers.json' with { type: 'json' }
import { recordedSuite } from '../corpus/twins.mts'
import { wireRehearsal } from './wired.mts'

// Held against what the real server answered to the same requests, without one at hand.

const opened = wireRehearsal()
recordedSuite(recording, () => opened)

after(async () => (await opened)[Symbol.asyncDispose]())
