import { describe, expect, test } from 'vitest'
import { refusal } from '../../handlers/blocks/answers.ts'
import { parseCommandLine } from '../../handlers/command-line.ts'
import { typed } from '../../handlers/typed-words.ts'
import { catalogue } from '../../playbooks/catalogue.ts'

const read = (line: string) => parseCommandLine(line, catalogue)
const answer = (line: string) => {
  const parsed = read(line)
  return parsed.ok ? undefined : refusal(parsed.refusal, '/unwedge').text
}
const suggested = (line: string) => /Did you mean: `\/unwedge (.*)`$/.exec(answer(line) ?? '')?.[1]

describe('what Slack, phones and pasting make of a line is undone', () => {
  const watchers = { playbook: 'watchers', args: { target: 'rbd/vol7' }, cluster: undefined }
  test.each([
    '`check watchers rbd/vol7`',
    '```\ncheck watchers rbd/vol7\n```',
    '*`check watchers rbd/vol7`*',
    'check watchers `rbd/vol7`',
    'check watchers *rbd/vol7*',
    'check watchers ‘rbd/vol7’',
    "check watchers 'rbd/vol7'",
    'check watchers «rbd/vol7»',
    'check\u00a0watchers\u202frbd/vol7',
    'check watchers rbd/vol7\u200b',
    '\ufeffcheck watchers \u2060rbd/vol7',
    '/unwedge check watchers rbd/vol7',
    '@unwedge: check watchers rbd/vol7',
    '/storage-bot check watchers rbd/vol7',
    '<@U0BOT00001> <@U0BOT00002|unwedge>: check watchers rbd/vol7',
    'CHECK Watchers rbd/vol7',
  ])('%j', (line) => {
    expect(read(line)).toMatchObject({ ok: true, command: watchers })
  })
  test.each([
    ['check lock <tel:2199054015793|2199054015793>', '2199054015793'],
    ['check lustre <mailto:10.0.0.1@tcp>:/lus', '10.0.0.1@tcp:/lus'],
    ['check datastore ’QA lun v7’', 'QA lun v7'],
    ["check datastore O'Brien", "O'Brien"],
    ['check datastore "*x*"', '*x*'],
  ])('%j', (line, target) => {
    expect(read(line)).toMatchObject({ ok: true, command: { args: { target } } })
  })
  test('a value in marks is the value', () => {
    expect(read('check osds cluster=`demo`')).toMatchObject({ command: { cluster: 'demo' } })
  })
  test('marks in the middle of a word are no marks, and are refused', () => {
    expect(answer('check watchers rbd/`reboot`')).toContain("A backtick can't stand")
    expect(answer('check watchers rbd/\u202evol7')).toContain('invisible character')
  })
  test.each(["'x", '«x', '*x*', '`x`', 'a b', 'a"b'])('%j can be typed as it is suggested', (name) => {
    expect(read(`check datastore ${typed(name)}`)).toMatchObject({ command: { args: { target: name } } })
  })
})

describe('a suggestion', () => {
  test('puts a name with blanks into quotation marks rather than naming another datastore', () => {
    expect(suggested('check datastore QA lun v7 on=esx-1')).toBe('check datastore "QA lun v7" on=esx-1')
  })
  test('never looks at another cluster than was asked for', () => {
    expect(suggested('check watchers rbd/vol7 --cluster=prod')).toBe('check watchers rbd/vol7 cluster=prod')
    expect(suggested('check watchers rbd/vol7 —cluster=prod')).toBe('check watchers rbd/vol7 cluster=prod')
    expect(suggested('check watchers rbd/vol7 please cluster=prod')).toBe(
      'check watchers rbd/vol7 cluster=prod',
    )
    for (const line of ['cluster = prod', '--cluster prod', 'cluster prod'])
      expect(suggested(`check watchers rbd/vol7 ${line}`), line).toBeUndefined()
  })
  test('can be copied: it is whole or not there', () => {
    const path = `/srv/${'d'.repeat(80)}/lock`
    expect(suggested(`chek lock ${path}`)).toBe(`check lock ${path}`)
    expect(answer(`chek lock /srv/${'d'.repeat(800)}`)).not.toContain('Did you mean')
  })
  test('that would be refused itself is not made', () => {
    expect(suggested('status now')).toBe('status')
    expect(answer('check watchers rbd/vol7 cluster=')).toContain('without a value')
    expect(answer('check osds on=')).toBeDefined()
  })
})

test('help is about the check, however it is asked for', () => {
  expect(read('help check watchers')).toMatchObject({ command: { verb: 'help', topic: 'watchers' } })
  expect(read('/unwedge')).toMatchObject({ command: { verb: 'help', topic: undefined } })
})
