import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cacheRoot, layout, stateRoot } from './layout.mts'

test('stateRoot() and cacheRoot() follow the XDG variables, and take an empty one for none', () => {
  assert.equal(stateRoot({ XDG_STATE_HOME: '/s' }), '/s/landfall/cluster')
  assert.equal(cacheRoot({ XDG_CACHE_HOME: '/c' }), '/c/landfall/host')
  assert.match(stateRoot({ XDG_STATE_HOME: '' }), /\/\.local\/state\/landfall\/cluster$/)
})

test('layout() keeps the socket within the 107 bytes of a Unix address, for the longest name and a long home', () => {
  const { containerd } = layout('a'.repeat(20), '/home/firstname.lastname/.local/state/landfall/cluster')
  assert.ok(`${containerd}.ttrpc`.length < 108)
})
