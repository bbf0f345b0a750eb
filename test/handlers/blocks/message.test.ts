import { expect, test } from 'vitest'
import { button, message, section } from '../../../handlers/blocks/message.ts'

test('a label of a button pings nobody from the fallback text', () => {
  const { text } = message([
    section('found'),
    { type: 'actions', elements: [button({ label: 'Run <!channel>', action: 'again', value: 'x' })] },
  ])
  expect(text).toBe('found\n[Run &lt;!channel&gt;]')
})
