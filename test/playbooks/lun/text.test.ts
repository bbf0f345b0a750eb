import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCommandLine } from '../../../handlers/command-line.ts'
import { lunReader } from '../../../playbooks/lun/from-text.ts'
import { datastore, lun } from '../../../playbooks/lun/index.ts'
import { passagesOf } from '../../../playbooks/shared/pasted/passages.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import { FAULTY, HEALTHY, type Sample } from './texts.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const read = (text: string) => lunReader.read(passagesOf(text), NOW)
const html = (text: string) =>
  `<pre>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')}</pre>`

/** What Slack, mail, wikis and terminals do to a paste. */
const DAMAGES: [string, (text: string) => string][] = [
  ['as it is', (text) => text],
  ['quoted', (text) => text.replace(/^/gm, '> ')],
  [
    'with CRLF and colours',
    (text) => text.replace(/^(\S.*)$/gm, '\u001b[0;32m$1\u001b[0m').replaceAll('\n', '\r\n'),
  ],
  [
    'broken by a terminal at 100 columns',
    (text) => text.replace(/^.{101,}$/gm, (line) => line.match(/.{1,100}/g)!.join('\n')),
  ],
  [
    'found by grep -n in a log',
    (text) =>
      /^\d{4}-/.test(text)
        ? text
            .split('\n')
            .map((line, at) => `${at * 7 + 12}:${line}`)
            .join('\n')
        : text,
  ],
  ['as HTML', html],
  ['in a code fence', (text) => `look at this:\n\`\`\`\n${text}\n\`\`\`\n`],
  ['between other things', (text) => `we see this since noon\n\n${text}\n\nany idea?\n`],
]

const flat = (facts: Record<string, unknown>) => JSON.stringify(facts)

describe.each(DAMAGES)('a text %s', (_, damage) => {
  test.each(HEALTHY.map((sample) => [sample.name, sample] as const))('healthy: %s', (__, { text, codes }) => {
    const told = read(damage(text))
    expect(told.recognised.length).toBeGreaterThan(0)
    for (const { severity, summary } of told.findings) expect(severity, summary).toMatch(/^(?:ok|info)$/)
    expect(told.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(codes))
    expect(told.doNot.map(({ what }) => what).join()).not.toContain('reset the LUN')
  })
  test.each(FAULTY.map((sample) => [sample.name, sample] as const))('faulty: %s', (__, sample: Sample) => {
    const { text, codes, severity, facts = [], next = [], doNot } = sample
    const told = read(damage(text))
    for (const code of codes) {
      const found = told.findings.find((each) => each.code === code)
      expect(found, `${code} in ${told.findings.map((each) => each.code).join(', ')}`).toBeDefined()
      if (severity) expect(found!.severity).toBe(severity)
      expect(found!.evidence.length).toBeGreaterThan(0)
    }
    for (const fact of facts) expect(flat(told.facts)).toContain(fact)
    for (const command of next) expect(told.next.map((each) => each.command)).toContain(command)
    if (doNot) expect(told.doNot.map(({ what }) => what).join('\n')).toContain(doNot)
  })
})

describe('whatever is pasted', () => {
  const all = [...HEALTHY, ...FAULTY]
  const playbooks = [lun, datastore] as Playbook[]
  test('every check that it names is one that can be run', () => {
    for (const { text, name } of all)
      for (const { command } of read(text).next) {
        const parsed = parseCommandLine(command, playbooks)
        expect(parsed.ok, `${name}: ${command}`).toBe(true)
      }
  })
  test('a LUN reset is never what to do next', () => {
    for (const { text } of all)
      expect(
        read(text)
          .next.map(({ command }) => command)
          .join(),
      ).not.toMatch(/reset|--clear/)
  })
  test('a name that lacks a digit is refused by name, and nothing is made of it', () => {
    for (const bad of [
      'eui.646533666635323',
      'eui.64653366663532333',
      'naa.60014051234567890',
      'eui.6465336666zz3233',
      'eui.64653366\u2026',
    ]) {
      const told = read(
        `2019-10-08T07:10:25.198Z cpu13:35761)Partition: 423: Failed read for "${bad}": I/O error`,
      )
      expect(
        told.refused.map(({ value }) => value),
        bad,
      ).toEqual([bad.replace('\u2026', '\u2026')])
      expect(flat(told.facts)).not.toContain(`"name":"${bad}"`)
      expect(told.next.map(({ command }) => command).join()).not.toContain(bad)
    }
  })
  test('a terminal that broke a line in the middle of a name is put right', () => {
    const line =
      '2019-10-08T07:10:25.198Z cpu13:35761 opID=e02aea1b)Partition: 423: Failed read for "eui.6465336666353233": I/O error'
    const broken = `${line.slice(0, 100)}\n${line.slice(100)}\n`
    expect(flat(read(broken).facts)).toContain('eui.6465336666353233')
    expect(read(broken).refused).toEqual([])
  })
  test('every single line that says something is wanted when a large log is sifted', () => {
    for (const { text, name } of all) {
      const lines = text.split('\n')
      const kept = lines.filter((line) => lunReader.wants.test(line) || line.trim() === '')
      expect(kept.length, name).toBeGreaterThan(0)
    }
  })
  test('nothing throws, and nothing is ok that has lost its statuses', () => {
    const cut = fc
      .constantFrom(...all)
      .chain(({ text }) => fc.tuple(fc.constant(text), fc.nat(text.length), fc.nat(text.length)))
    fc.assert(
      fc.property(cut, fc.string({ maxLength: 20 }), ([text, a, b], noise) => {
        read(text.slice(Math.min(a, b), Math.max(a, b)))
        read(text.slice(0, a) + noise + text.slice(a))
      }),
      { numRuns: 300, seed: 20261120 },
    )
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (text) => void read(text)),
      { numRuns: 300, seed: 20261120 },
    )
  })
  test('a text of something else is left alone', () => {
    for (const text of [
      '',
      'hello',
      'watcher=1.1.2.1:0/1193546917 client.4123 cookie=1',
      '4: POSIX  ADVISORY  WRITE 28331 00:14:2199054015793 0 EOF',
      'Number of nodes:3\npnn:0 10.0.0.1 OK (THIS NODE)',
      'LustreError: 166-1: MGC10.0.0.1@o2ib: Connection to MGS was lost',
    ])
      expect(read(text), text).toEqual({
        recognised: [],
        facts: {},
        findings: [],
        next: [],
        doNot: [],
        refused: [],
      })
  })
  test('5 MB of log is read in seconds', () => {
    const line =
      '2019-10-08T07:10:25.198Z cpu13:35761)NMP: nmp_ThrottleLogForDevice:2458: Cmd 0x2a (0x41330179b3c0, 0) to dev "eui.6465336666353233" on path "vmhba32:C0:T0:L12" Failed: H:0x0 D:0x18 P:0x0 Possible sense data: 0x0 0x0 0x0. Act:NONE\n'
    const began = Date.now()
    read(line.repeat(20_000))
    expect(Date.now() - began).toBeLessThan(20_000)
  })
})

test('the seed whole: its faults, its identifiers, its next checks', () => {
  const told = read(readFileSync(join(import.meta.dirname, 'fixtures/seed-esxi-scst.txt'), 'utf8'))
  const facts = flat(told.facts)
  for (const fact of [
    '"decoded":"de3ff523"',
    '"decoded":"9908212a"',
    'vmhba32:C0:T0:L12',
    'eui.ea3fcd1f5424a6f3',
    '5b8fa879-70bdee41-4848-00e0ed438c4e',
    'ffff88011c870000',
    'iqn.1993-08.org.debian:01:6997c6813639',
    '"successfulCommands":"437865323"',
    '"failedCommands":"85"',
    '"blocksWritten":"25340206445"',
  ])
    expect(facts).toContain(fact)
  const codes = told.findings.map(({ code }) => code)
  expect(codes).toEqual(
    expect.arrayContaining([
      'device-io-error',
      'volume-unreadable',
      'reserve-failed',
      'reservation-conflict',
      'failures-counted',
    ]),
  )
  expect(told.next.map(({ command }) => command)).toEqual(
    expect.arrayContaining(['check lun eui.6465336666353233', 'check lun /dev/sdd on=wsg-70-3']),
  )
  // totals are history
  expect(told.findings.find(({ code }) => code === 'failures-counted')).toMatchObject({
    severity: 'info',
    verdict: 'inconclusive',
  })
})
