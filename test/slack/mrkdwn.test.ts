import { expect, test } from 'vitest'

// The page's scripts are plain JavaScript without types.
const { mrkdwn } = await import(new URL('./page/mrkdwn.js', import.meta.url).href)
const { markdown } = await import(new URL('./page/markdown.js', import.meta.url).href)

const text = (words: string) => ({ type: 'text', text: words })

test.each<[string, object[]]>([
  [
    '*bold* and _italic_',
    [
      { type: 'bold', children: [text('bold')] },
      text(' and '),
      { type: 'italic', children: [text('italic')] },
    ],
  ],
  [
    '*see `a*b` here*',
    [{ type: 'bold', children: [text('see '), { type: 'code', text: 'a*b' }, text(' here')] }],
  ],
  ['2*3*4 and rbd_header_x_', [text('2*3*4 and rbd_header_x_')]],
  ['a &lt;b&gt; &amp;lt;', [text('a <b> &lt;')]],
  ['<https://a.b|here>', [{ type: 'link', href: 'https://a.b', label: 'here' }]],
  ['<javascript:alert(1)|here>', [text('here')]],
  ['<@U0LIN00001>', [{ type: 'user', id: 'U0LIN00001' }]],
  [
    '<!date^1700000000^{time}|then>',
    [{ type: 'date', seconds: 1700000000, format: '{time}', href: undefined, fallback: 'then' }],
  ],
  ['a\n&gt; b\nc', [text('a'), { type: 'quote', children: [text('b')] }, text('c')]],
  ['x\n```\n*raw*\n```', [text('x'), { type: 'pre', text: '*raw*\n' }]],
])('mrkdwn %s', (source, tokens) => {
  expect(mrkdwn(source)).toEqual(tokens)
})

test('markdown has headings, lists, links and fences', () => {
  expect(markdown('# Found\n\n- **one**\n- [two](https://a.b)\n\n```sh\nls *\n```')).toEqual([
    { type: 'heading', level: 1, children: [text('Found')] },
    {
      type: 'list',
      ordered: false,
      items: [
        [{ type: 'bold', children: [text('one')] }],
        [{ type: 'link', href: 'https://a.b', label: 'two' }],
      ],
    },
    { type: 'pre', text: 'ls *' },
  ])
})
