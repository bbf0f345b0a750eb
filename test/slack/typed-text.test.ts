import { expect, test } from 'vitest'
import { users } from './bolt-app.ts'
import { createWorld } from './state.ts'
import { asSent } from './typed-text.ts'

const world = createWorld({ users, channels: [] })

test.each([
  ['a & b < c', 'a &amp; b &lt; c'],
  ['@unwedge check', '<@U0BOTUSER1> check'],
  ['ask @lin, not @nobody', 'ask <@U0LIN00001>, not @nobody'],
  ['look at node1.example.com now', 'look at <http://node1.example.com|node1.example.com> now'],
  ['see https://example.com/a?b=1', 'see <https://example.com/a?b=1>'],
  ['`node1.example.com` & rbd_header.7mjm', '`node1.example.com` &amp; rbd_header.7mjm'],
])('%s is sent as %s', (typed, sent) => {
  expect(asSent(world, typed)).toBe(sent)
})
