import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { TriageAnswer, triageExitCode } from '../../jobs/triage/answer.ts'
import { triage } from '../../jobs/triage.ts'

const readersFrom = new URL('triage/fixtures/readers.ts', import.meta.url).href
const read = (input: Parameters<typeof triage>[0], options = {}) => triage(input, { readersFrom, ...options })
const codes = ({ findings }: TriageAnswer) => findings.map(({ code }) => code)
const one = (answer: TriageAnswer) => answer.findings.map(({ summary }) => summary).join(' | ')

async function* chunks(...pieces: (string | Uint8Array)[]) {
  yield* pieces
}

describe('triage', () => {
  test('tells what the readers found, in the documented shape', async () => {
    const answer = await read('root@a:~# cat x\napple 1\npear\n')
    expect(TriageAnswer.parse(answer)).toEqual(answer)
    expect(answer.recognised).toEqual([
      { kind: 'apples log', from: 2, to: 2, lines: 1 },
      { kind: 'pears log', from: 3, to: 3, lines: 1 },
    ])
    expect(answer.facts.apples).toEqual([{ line: '2', text: 'apple 1' }])
    expect(triageExitCode(answer)).toBe(1)
  })

  test.each([
    [
      'unknown text',
      'hello\nworld\n',
      'not-recognised',
      /^Unknown text: nothing in its 2 lines is of a kind I can read/,
    ],
    ['an empty text', '', 'not-recognised', /^The text is empty\.$/],
    ['blanks', ' \n\t\n', 'not-recognised', /^The text is empty\.$/],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]), 'binary', /^This is binary \(gzip\).*`zcat FILE`/],
    ['a program', Buffer.from('\u007fELF\u0002\u0001'), 'binary', /^This is binary/],
    ['NULs', Buffer.alloc(3000), 'binary', /^This is binary/],
    [
      'noise',
      Buffer.from(Array.from({ length: 5000 }, (_, n) => (n * 7919) % 256)),
      'binary',
      /^This is binary/,
    ],
    ['one line of 5 MB', 'x'.repeat(5_000_000), 'not-recognised', /^Unknown text: nothing in its 1 line /],
  ])('says so in one sentence for %s', async (_, input, code, words) => {
    const answer = await read(input)
    expect(answer).toMatchObject({ recognised: [], facts: {}, next: [], doNot: [] })
    expect(answer.findings[0]).toMatchObject({
      code,
      severity: 'info',
      verdict: 'inconclusive',
      playbook: 'triage',
    })
    expect(answer.findings[0]!.summary).toMatch(words)
    expect(triageExitCode(answer)).toBe(2)
  })

  test('reads text with a few bad bytes, with NULs of a crash, and of Windows', async () => {
    const bad = Buffer.concat([
      Buffer.from('apple 1 \xff\xfe\n', 'latin1'),
      Buffer.alloc(5),
      Buffer.from('\npear\n'),
    ])
    expect(codes(await read(bad))).toEqual(['seen', 'seen'])
    const utf16 = Buffer.from(`\ufeffapple 1\r\n${'x'.repeat(2000)}\r\npear\r\n`, 'utf16le')
    expect(codes(await read(utf16))).toEqual(['seen', 'seen'])
    expect(codes(await read(chunks(utf16.subarray(0, 1001), utf16.subarray(1001))))).toEqual(['seen', 'seen'])
  })

  test('reads an input in any pieces', async () => {
    const bytes = Buffer.from('é apple 1\npear ü\n')
    const split = async function* () {
      for (const byte of bytes) yield Buffer.from([byte])
    }
    expect(await read(split())).toEqual(await read(bytes))
  })

  test('shows no secret, wherever it stands', async () => {
    const key = 'AQDSNm9mAAAAABAAq0x3vYkYq2nVtqXb5t0Q9A=='
    const answer = await read(`apple 1 key = ${key}\npear password=hunter2\n`)
    expect(JSON.stringify(answer)).toContain('AQ***')
    expect(JSON.stringify(answer)).not.toMatch(/AQDSNm|hunter2/)
  })

  test('cuts evidence to ten lines of 300 characters', async () => {
    const { findings } = await read(`pear ${'x'.repeat(500)}\n`.repeat(20))
    expect(findings[0]!.evidence).toHaveLength(10)
    expect(findings[0]!.evidence[0]).toHaveLength(300)
  })

  test.each([
    ['that never ends', 'pear for ever', /not read: it took too long/],
    ['whose regular expression never ends', 'pear evil', /not read: it took too long/],
    ['that fails', 'pear breaks', /not read: its reader failed/],
  ])('loses only what a reader %s would have said', async (_, text, words) => {
    const started = Date.now()
    const answer = await read(text, { limitMs: 600 })
    expect(codes(answer)).toEqual(['seen', 'not-all-read'])
    expect(one(answer)).toMatch(words)
    expect(Date.now() - started).toBeLessThan(5000)
  })

  test('lets other work go on when it reads apart', async () => {
    let ticks = 0
    const timer = setInterval(() => (ticks += 1), 10)
    const answer = await read(`pear for ever\n${'x\n'.repeat(50_000)}`, { limitMs: 1500, apart: true })
    clearInterval(timer)
    expect(codes(answer)).toEqual(['seen', 'not-all-read'])
    expect(ticks).toBeGreaterThan(30)
  })

  test('gives up on an input that does not end, and says what it read', async () => {
    const endless = async function* () {
      yield 'pear\n'
      await delay(60_000, undefined, { ref: false })
    }
    const answer = await read(endless(), { limitMs: 600 })
    expect(codes(answer)).toEqual(['seen', 'not-all-read'])
    expect(one(answer)).toMatch(/time was over after 1 lines/)
  })

  test('waits for the first line as long as it takes', async () => {
    const slow = async function* () {
      await delay(800)
      yield 'pear\n'
    }
    expect(codes(await read(slow(), { limitMs: 300 }))).toEqual(['seen'])
  })
})

describe('a large text', () => {
  const noise = (lines: number) => 'nothing of any interest stands in this line of a log\n'.repeat(lines)

  test('is read where something is wanted, with the numbers of its lines', async () => {
    const answer = await read(`apple 1\n${noise(50_000)}pear\n${noise(50_000)}Apple 2 é`)
    expect(answer.facts).toEqual({
      apples: [
        { line: '1', text: 'apple 1' },
        { line: '100003', text: 'Apple 2 é' },
      ],
      pears: [{ line: '50002', text: 'pear' }],
    })
    expect(answer.recognised).toContainEqual({ kind: 'apples log', from: 1, to: 100_003, lines: 2 })
    expect(one(answer)).toMatch(/Of 100,003 lines \(5 MB\) 3 could say something; all of them were read\./)
  })

  test('keeps the first and the last of each kind, and counts what was left out', async () => {
    const rows = Array.from({ length: 300_000 }, (_, n) => `pear number ${n} of a great many pears`)
    rows[150_000] = 'apple 7'
    const answer = await read(rows.join('\n'))
    const pears = answer.facts.pears!.map(({ line }) => Number(line))
    expect(pears[0]).toBe(1)
    expect(pears.at(-1)).toBe(300_000)
    expect(answer.facts.apples).toEqual([{ line: '150001', text: 'apple 7' }])
    const [, left] = /([\d,]+) in between were not/.exec(one(answer))!
    expect(Number(left!.replaceAll(',', ''))).toBe(300_000 - pears.length - 1)
  })

  test('is not joined where something was left out', async () => {
    const answer = await read(`pear\n${noise(60_000)}pear\n`)
    expect(answer.facts.pears).toHaveLength(2)
  })

  test('survives lines longer than what is held at a time, and cuts none inside of a word', async () => {
    const answer = await read(`pear ${'y'.repeat(50_000)} ${'z'.repeat(6_000_000)}\napple 1\n${noise(10)}`)
    expect(answer.facts.pears).toEqual([{ line: '1', text: `pear ${'y'.repeat(50_000)}` }])
    expect(answer.facts.apples).toEqual([{ line: '2', text: 'apple 1' }])
    expect(one(answer)).toMatch(/Of 1 very long lines only the beginning was read/)
  })
})
