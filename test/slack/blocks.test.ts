import { expect, test } from 'vitest'
import { checkBlocks } from './blocks.ts'
import { checkView } from './view-rules.ts'

const text = (length: number) => 'x'.repeat(length)
const plain = (length: number) => ({ type: 'plain_text', text: text(length) })
const mrkdwn = (length: number) => ({ type: 'mrkdwn', text: text(length) })
const button = (fields: object = {}) => ({ type: 'button', text: plain(5), action_id: 'a', ...fields })
const actions = (...elements: object[]) => ({ type: 'actions', elements })
const option = (value = 'v') => ({ text: plain(5), value })
const confirm = (fields: object = {}) => ({
  title: plain(100),
  text: mrkdwn(300),
  confirm: plain(30),
  deny: plain(30),
  ...fields,
})
const many = (count: number, each: (index: number) => object) =>
  Array.from({ length: count }, (_, index) => each(index))
const buttons = (count: number) => many(count, (index) => button({ action_id: `a${index}` }))

test.each<[string, object[]]>([
  ['no blocks', []],
  ['a section of 3000 characters', [{ type: 'section', text: mrkdwn(3000) }]],
  ['ten fields of 2000', [{ type: 'section', fields: many(10, () => mrkdwn(2000)) }]],
  [
    'a section with a menu',
    [{ type: 'section', text: plain(1), accessory: { type: 'overflow', options: [option()] } }],
  ],
  ['a header of 150', [{ type: 'header', text: plain(150) }]],
  ['ten things in a context', [{ type: 'context', elements: many(10, () => mrkdwn(5)) }]],
  ['25 buttons', [actions(...buttons(25))]],
  [
    'a button with everything',
    [actions(button({ value: text(2000), style: 'danger', url: 'https://a.b', confirm: confirm() }))],
  ],
  ['50 dividers', many(50, () => ({ type: 'divider' }))],
  ['markdown', [{ type: 'markdown', text: text(12_000) }]],
  [
    'a select',
    [actions({ type: 'static_select', action_id: 's', placeholder: plain(5), options: [option()] })],
  ],
  ['an input', [{ type: 'input', label: plain(5), element: { type: 'plain_text_input', multiline: true } }]],
  [
    'rich text',
    [
      {
        type: 'rich_text',
        elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'x' }] }],
      },
    ],
  ],
  ['an image', [{ type: 'image', image_url: 'https://a.b/c.png', alt_text: 'a picture' }]],
  ['a table', [{ type: 'table', rows: [[{ type: 'raw_text', text: 'a' }]] }]],
  ['the same action_id in two blocks', [actions(button()), actions(button())]],
])('accepts %s', (_what, blocks) => {
  expect(checkBlocks(blocks)).toEqual([])
})

test.each<[string, unknown, string]>([
  ['a list that is none', { type: 'section' }, 'must provide an array [json-pointer:/blocks]'],
  ['an unknown block', [{ type: 'wall' }], 'unsupported type: wall [json-pointer:/blocks/0/type]'],
  ['a block without type', [{}], 'unsupported type: undefined [json-pointer:/blocks/0/type]'],
  [
    'an unknown element',
    [actions({ type: 'knob' })],
    'unsupported type: knob [json-pointer:/blocks/0/elements/0/type]',
  ],
  [
    'an unknown field',
    [{ type: 'divider', color: 'red' }],
    'invalid additional property: color [json-pointer:/blocks/0]',
  ],
  ['a missing field', [{ type: 'header' }], 'missing required field: text [json-pointer:/blocks/0/text]'],
  ['an empty section', [{ type: 'section' }], 'needs text or fields [json-pointer:/blocks/0]'],
  [
    'an empty text',
    [{ type: 'section', text: mrkdwn(0) }],
    'must be more than 0 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    '51 blocks',
    many(51, () => ({ type: 'divider' })),
    'no more than 50 items allowed [json-pointer:/blocks]',
  ],
  [
    '3001 characters',
    [{ type: 'section', text: mrkdwn(3001) }],
    'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'eleven fields',
    [{ type: 'section', fields: many(11, () => plain(1)) }],
    'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
  ],
  [
    'a field of 2001',
    [{ type: 'section', fields: [plain(2001)] }],
    'must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]',
  ],
  [
    'a header of 151',
    [{ type: 'header', text: plain(151) }],
    'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'a header in mrkdwn',
    [{ type: 'header', text: mrkdwn(5) }],
    'must be one of: plain_text [json-pointer:/blocks/0/text/type]',
  ],
  [
    'eleven in a context',
    [{ type: 'context', elements: many(11, () => plain(1)) }],
    'no more than 10 items allowed [json-pointer:/blocks/0/elements]',
  ],
  [
    'a button in a context',
    [{ type: 'context', elements: [button()] }],
    'unsupported type: button [json-pointer:/blocks/0/elements/0/type]',
  ],
  [
    '26 buttons',
    [actions(...buttons(26))],
    'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
  ],
  ['no button', [actions()], 'no fewer than 1 items allowed [json-pointer:/blocks/0/elements]'],
  [
    'a button text of 76',
    [actions(button({ text: plain(76) }))],
    'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
  ],
  [
    'a button text in mrkdwn',
    [actions(button({ text: mrkdwn(5) }))],
    'must be one of: plain_text [json-pointer:/blocks/0/elements/0/text/type]',
  ],
  [
    'a button value of 2001',
    [actions(button({ value: text(2001) }))],
    'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]',
  ],
  [
    'a style that is none',
    [actions(button({ style: 'default' }))],
    'must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]',
  ],
  [
    'a dialog title of 101',
    [actions(button({ confirm: confirm({ title: plain(101) }) }))],
    'must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]',
  ],
  [
    'a dialog text of 301',
    [actions(button({ confirm: confirm({ text: mrkdwn(301) }) }))],
    'must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]',
  ],
  [
    'a dialog button of 31',
    [actions(button({ confirm: confirm({ deny: plain(31) }) }))],
    'must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/deny/text]',
  ],
  [
    'a block_id of 256',
    [{ type: 'divider', block_id: text(256) }],
    'must be less than 256 characters [json-pointer:/blocks/0/block_id]',
  ],
  [
    'a block_id twice',
    many(2, () => ({ type: 'divider', block_id: 'b' })),
    '`block_id` "b" already exists [json-pointer:/blocks/1/block_id]',
  ],
  [
    'an action_id twice in a block',
    [actions(button(), button())],
    '`action_id` "a" already exists in this block [json-pointer:/blocks/0/elements]',
  ],
  [
    'six overflow options',
    [actions({ type: 'overflow', options: many(6, () => option()) })],
    'no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]',
  ],
  [
    'a select of nothing',
    [actions({ type: 'static_select' })],
    'needs either options or option_groups [json-pointer:/blocks/0/elements/0]',
  ],
  [
    '12,001 characters of markdown',
    many(2, () => ({ type: 'markdown', text: text(6001) })),
    'markdown blocks must be less than 12001 characters in sum [json-pointer:/blocks]',
  ],
  [
    'two tables',
    many(2, () => ({ type: 'table', rows: [[{ type: 'raw_text', text: 'a' }]] })),
    'only_one_table_allowed [json-pointer:/blocks]',
  ],
  [
    'a table of 101 rows',
    [{ type: 'table', rows: many(101, () => [{ type: 'raw_text' }]) }],
    'no more than 100 items allowed [json-pointer:/blocks/0/rows]',
  ],
  [
    'a picture without words',
    [{ type: 'image', image_url: 'https://a.b' }],
    'missing required field: alt_text [json-pointer:/blocks/0/alt_text]',
  ],
])('refuses %s', (_what, blocks, problem) => {
  expect(checkBlocks(blocks)).toEqual([problem])
})

const modal = (fields: object = {}) => ({ type: 'modal', title: plain(24), blocks: [], ...fields })
const input = { type: 'input', label: plain(5), element: { type: 'plain_text_input' } }

test.each<[string, object, string]>([
  [
    'a title of 25',
    modal({ title: plain(25) }),
    'must be less than 25 characters [json-pointer:/view/title/text]',
  ],
  [
    '101 blocks',
    modal({ blocks: many(101, () => ({ type: 'divider' })) }),
    'no more than 100 items allowed [json-pointer:/view/blocks]',
  ],
  [
    'an input without submit',
    modal({ blocks: [input] }),
    'missing required field: submit [json-pointer:/view/submit]',
  ],
  [
    'a markdown block',
    modal({ blocks: [{ type: 'markdown', text: 'x' }] }),
    'unsupported type: markdown [json-pointer:/view/blocks/0/type]',
  ],
  [
    'private_metadata of 3001',
    modal({ private_metadata: text(3001) }),
    'must be less than 3001 characters [json-pointer:/view/private_metadata]',
  ],
])('refuses a modal with %s', (_what, view, problem) => {
  expect(checkView(view)).toEqual([problem])
})

test('accepts a modal with an input and a submit button', () => {
  expect(checkView(modal({ blocks: [input], submit: plain(24), callback_id: 'c' }))).toEqual([])
})
