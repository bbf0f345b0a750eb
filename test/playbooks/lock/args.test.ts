import { describe, expect, test } from 'vitest'
import { parseCommandLine, parseWords } from '../../../handlers/command-line.ts'
import { catalogue } from '../../../playbooks/catalogue.ts'
import { parseFile, parseProcesses } from '../../../playbooks/lock/args.ts'
import { QuarantineParams } from '../../../playbooks/lock/basis.ts'

describe('a file as typed', () => {
  test('is a path, an entry of /proc/locks, of lsof, or an inode', () => {
    expect(parseFile('/srv//a b/')).toEqual({ kind: 'path', path: '/srv/a b' })
    expect(parseFile('00:14:2199054015793')).toEqual({ kind: 'inode', device: '0:20', ino: '2199054015793' })
    expect(parseFile('0,29:2199054015793')).toEqual({ kind: 'inode', device: '0:29', ino: '2199054015793' })
    expect(parseFile('18446744073709551615')).toEqual({
      kind: 'inode',
      device: undefined,
      ino: '18446744073709551615',
    })
  })

  test('is refused when it is relative, has dots, is no inode, or is too long', () => {
    for (const text of [
      'a/b',
      '',
      '-rf',
      '0',
      '18446744073709551616',
      '/a/../b',
      '/a/./b',
      '/a\0b',
      `/${'x'.repeat(4096)}`,
      '00:14:',
      '1:2',
    ])
      expect(parseFile(text), text).toHaveProperty('problem')
  })
})

test('a process is a number or a name; what looks like an option is neither', () => {
  expect(parseProcesses('21409')).toEqual({ kind: 'processes', pid: '21409' })
  expect(parseProcesses('nova-compute')).toEqual({ kind: 'processes', name: 'nova-compute' })
  expect(parseProcesses(undefined)).toEqual({ kind: 'processes' })
  for (const text of ['-1', 'a/b', 'a\nb', 'x'.repeat(65)])
    expect(parseProcesses(text), text).toHaveProperty('problem')
})

describe('on the command line', () => {
  const args = (line: string) => {
    const parsed = parseCommandLine(line, catalogue)
    return parsed.ok && parsed.command.verb === 'check' ? parsed.command.args : parsed
  }

  test('a target may be left out where the check allows it, and only there', () => {
    expect(args('check stuck on=ECM-043')).toEqual({ on: 'ECM-043' })
    expect(args('check lock on=ECM-043')).toMatchObject({
      ok: false,
      refusal: { problem: expect.stringContaining('needs <PATH') },
    })
  })

  test('a path with blanks stands in quotation marks, also in those that Slack makes of them', () => {
    for (const quoted of ['"/a b/c"', '“/a b/c”', '”/a b/c”'])
      expect(args(`check lock ${quoted} on=h`), quoted).toEqual({ target: '/a b/c', on: 'h' })
    expect(args('check lock "/a \\"b\\" \\\\ c"')).toEqual({ target: '/a "b" \\ c' })
    expect(args('check lock /a"b')).toEqual({ target: '/a"b' })
    expect(args('check lock /a=b')).toEqual({ target: '/a=b' })
  })

  test('a quotation mark without its partner is refused, not guessed', () => {
    expect(args('check lock "/a b')).toMatchObject({
      ok: false,
      refusal: { problem: expect.stringContaining('quotation mark') },
    })
  })

  test('what is suggested can be typed as it is', () => {
    const parsed = parseWords(['check', 'lokc', '/a "b" c', 'on=h'], catalogue)
    expect(parsed).toMatchObject({ ok: false, refusal: { tryThis: 'check lock "/a \\"b\\" c" on=h' } })
    expect(args('check lock "/a \\"b\\" c" on=h')).toEqual({ target: '/a "b" c', on: 'h' })
  })
})

test('parameters of a rename that is not beside the file are refused, whoever wrote them', () => {
  const params = { host: 'h', path: '/srv/a', device: '0:20', ino: '7', to: '/srv/a.unwedge-1' }
  expect(QuarantineParams.safeParse(params).success).toBe(true)
  for (const wrong of [
    { to: '/srv/b' },
    { to: '/srv/a.unwedge-/x' },
    { path: 'srv/a' },
    { path: '/srv/../a', to: '/srv/../a.unwedge-1' },
    { ino: '7 -o 1' },
    { device: '0,20' },
    { extra: '1' },
  ])
    expect(QuarantineParams.safeParse({ ...params, ...wrong }).success, JSON.stringify(wrong)).toBe(false)
})
