import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Reader, Told } from '../../../../playbooks/shared/triage.ts'
import {
  DAMAGES,
  folded,
  missingFacts,
  type Pasted,
  pastedIn,
  prompted,
  tell,
  worst,
  wrapped,
} from '../ceph/pasted.ts'

/** What a text must tell: facts (each field exactly), findings with their severity, commands, warnings. */
export type Wanted = {
  facts?: Record<string, Record<string, string | string[]>[]>
  codes: Record<string, string>
  next?: string[]
  doNot?: RegExp[]
  /** refused values, as they stand in the text */
  refused?: string[]
  /** it means nothing without the command above it */
  needsPrompt?: boolean
  /** its rows cannot be put together when an editor has broken them between words */
  notFolded?: boolean
  /** nor when a terminal has: a table of which columns are empty, whose heading is broken, too */
  notWrapped?: boolean
}
export type Table = Record<string, Wanted>

export function check(
  reader: Reader,
  text: string,
  { facts = {}, codes, next = [], doNot = [], refused }: Wanted,
): Told {
  const told = tell(reader, text)
  expect(missingFacts(told, facts)).toEqual([])
  const found = told.findings.map((each) => `${each.code} ${each.severity}`)
  for (const [code, severity] of Object.entries(codes)) expect(found).toContain(`${code} ${severity}`)
  expect(told.next.map(({ command }) => command)).toEqual(expect.arrayContaining(next))
  for (const pattern of doNot) expect(told.doNot.map(({ what }) => what).join('\n')).toMatch(pattern)
  if (refused) expect(told.refused.map(({ value }) => value)).toEqual(refused)
  return told
}

const UNDAMAGED = {
  quoted: DAMAGES.quoted!,
  html: DAMAGES.html!,
  fenced: DAMAGES.fenced!,
  crlf: DAMAGES.crlf!,
  coloured: DAMAGES.coloured!,
  'quoted twice': DAMAGES['quoted twice']!,
}

/** Every text of a folder against what it must tell: as it stands, without its prompt, and however it was pasted. */
export function readsItsTexts(
  reader: Reader,
  folder: string,
  healthy: Table,
  faulty: Table,
): Map<string, Pasted> {
  const texts = pastedIn(folder)
  const of = (name: string) => prompted(texts.get(name)!)
  const all = { ...healthy, ...faulty }

  describe('alarms nobody over what is healthy', () => {
    test.each(Object.entries(healthy))('%s', (name, wanted) => {
      check(reader, of(name), wanted)
      const forms = [
        of(name),
        texts.get(name)!.body,
        ...Object.values(UNDAMAGED).map((damage) => damage(of(name))),
        wrapped(of(name), 80),
        wrapped(of(name), 132),
        folded(of(name), 90),
      ]
      for (const form of forms) expect([undefined, 'ok', 'info']).toContain(worst(tell(reader, form)))
    })
  })
  describe('finds what is wrong, its identifiers, what to check and what not to do', () => {
    test.each(Object.entries(faulty))('%s', (name, wanted) => void check(reader, of(name), wanted))
  })
  describe('however it was pasted', () => {
    test.each(Object.entries(all))('%s', (name, wanted) => {
      for (const damage of Object.values(UNDAMAGED)) check(reader, damage(of(name)), wanted)
    })
    test.each(Object.entries(all).filter(([, { notWrapped }]) => !notWrapped))(
      '%s, broken by a terminal',
      (name, wanted) => {
        for (const width of [80, 100, 132]) check(reader, wrapped(of(name), width), wanted)
      },
    )
    test.each(Object.entries(faulty).filter(([, { notFolded }]) => !notFolded))(
      '%s, broken by an editor',
      (name, wanted) => {
        check(reader, folded(of(name), 78), { ...wanted, facts: withoutFreeText(wanted.facts) })
      },
    )
    test.each(Object.entries(all).filter(([, { needsPrompt }]) => !needsPrompt))(
      '%s, without its prompt',
      (name, wanted) => {
        const { host: _, ...rest } = { host: '', ...wanted }
        check(reader, texts.get(name)!.body, {
          ...rest,
          next: (wanted.next ?? []).map((command) => command.replace(' on=node1', '')),
          facts: withoutHost(wanted.facts),
        })
      },
    )
  })
  test('every text of the folder is in one of the tables', () => {
    expect(Object.keys(all).sort()).toEqual([...texts.keys()].sort())
  })
  describe('whatever happens to a text', () => {
    const sample = fc.constantFrom(...texts.values()).map(prompted)
    test('a cut one never yields a value that the whole one has not', () => {
      fc.assert(
        fc.property(sample, fc.double({ min: 0, max: 1, noNaN: true }), (text, part) => {
          const cut = text.slice(0, text.indexOf('\n', Math.floor(part * text.length)) + 1)
          const whole = JSON.stringify(tell(reader, text).facts)
          for (const value of valuesOf(tell(reader, cut))) expect(whole).toContain(JSON.stringify(value))
        }),
        { numRuns: 200 },
      )
    })
    test('it never throws, and says nothing that the contract does not know', () => {
      const edit = fc.tuple(fc.nat(), fc.nat(40), fc.string({ maxLength: 8 }))
      fc.assert(
        fc.property(sample, fc.array(edit, { maxLength: 6 }), (text, edits) => {
          let torn = text
          for (const [at, length, put] of edits)
            torn = torn.slice(0, at % torn.length) + put + torn.slice((at % torn.length) + length)
          const told = tell(reader, torn)
          for (const { evidence } of told.findings) {
            expect(evidence.length).toBeLessThanOrEqual(10)
            expect(evidence.every((line) => line.length <= 300)).toBe(true)
          }
        }),
        { numRuns: 300 },
      )
      fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => void tell(reader, text)))
    })
    test('it wants at least one line of every text that it reads', () => {
      for (const [name, { body }] of texts)
        if (!all[name]?.needsPrompt)
          expect(
            body.split('\n').some((line) => reader.wants.test(line)),
            name,
          ).toBe(true)
      expect(reader.wants.flags).toBe('i')
    })
  })
  return texts
}

/** Fields that hold the prompt's host are not in a text without it. */
function withoutHost(facts: Wanted['facts'] = {}): NonNullable<Wanted['facts']> {
  return Object.fromEntries(
    Object.entries(facts).map(([kind, records]) => [
      kind,
      records.map(({ host, ...rest }) => (host === undefined || host === 'node1' ? rest : { ...rest, host })),
    ]),
  )
}

/** What an editor breaks between words is one blank longer or shorter; identifiers have no blanks. */
function withoutFreeText(facts: Wanted['facts'] = {}): NonNullable<Wanted['facts']> {
  return Object.fromEntries(
    Object.entries(facts).map(([kind, records]) => [
      kind,
      records.map((fields) =>
        Object.fromEntries(
          Object.entries(fields).filter(([, value]) => typeof value !== 'string' || !/\s/.test(value)),
        ),
      ),
    ]),
  )
}

function valuesOf(told: Told): string[] {
  // counts and free text may be shorter in a part; a name stands for its whole
  return Object.values(told.facts).flatMap((records) =>
    records.flatMap((fields) =>
      Object.entries(fields).flatMap(([name, value]) =>
        /^(?:output|options|command|stack|from|count)$/.test(name) || typeof value !== 'string'
          ? []
          : [value],
      ),
    ),
  )
}
