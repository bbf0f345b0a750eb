import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { triageText } from '../../bot/triage-text.ts'
import { TriageAnswer } from '../../jobs/triage/answer.ts'
import { PATIENT, unwedge } from '../e2e/stand.ts'

vi.setConfig(PATIENT)

const folder = mkdtempSync(join(tmpdir(), 'unwedge-triage-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, text: string) => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const TWO = `root@node1:~# rados -p rbd listwatchers rbd_header.7mjm6dk28jaj3
watcher=1.1.2.1:0/1193546917 client.4123 cookie=1
watcher=1.1.2.4:0/220114 client.9001 cookie=18446462598732840961
`
const program = fileURLToPath(new URL('../../bot/unwedge.mjs', import.meta.url))

/** `unwedge triage` with stdin; also says the most memory that it had, in MiB. */
async function piped(pieces: Iterable<string>, ...args: string[]) {
  const child = spawn(process.execPath, [program, 'triage', ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk
  })
  let peak = 0
  const look = setInterval(() => {
    try {
      const [, kib] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
      peak = Math.max(peak, Number(kib ?? 0) / 1024)
    } catch {} // it has ended
  }, 20)
  const closed = once(child, 'close')
  child.stdin.on('error', () => {})
  for (const piece of pieces) if (!child.stdin.write(piece)) await once(child.stdin, 'drain')
  child.stdin.end()
  const [exitCode] = await closed
  clearInterval(look)
  return { exitCode, stdout, peak }
}

describe('unwedge triage', () => {
  test('reads a file, conclusion first, then what it names, the next check and the advice', async () => {
    const { exitCode, stdout, stderr } = await unwedge(
      ['triage', file('two.txt', TWO)],
      { HOME: folder },
      folder,
    )
    expect(stderr).toBe('')
    expect(exitCode).toBeLessThanOrEqual(1)
    expect(stdout).toContain('Next: unwedge check watchers rbd_header.7mjm6dk28jaj3')
    expect(stdout).toContain('18446462598732840961')
    expect(stdout).not.toContain('\u001b')
    expect(stdout.indexOf('watchers:')).toBeLessThan(stdout.indexOf('Next:'))
  })

  test('reads stdin, and prints the documented document for machines', async () => {
    const { stdout } = await piped([TWO], '--json')
    const answer = JSON.parse(stdout)
    expect(TriageAnswer.parse(answer)).toEqual(answer)
    expect(Object.keys(answer)).toEqual(['recognised', 'facts', 'findings', 'next', 'doNot'])
    expect(answer.facts.watchers).toHaveLength(2)
  })

  test.each([
    ['is unknown', 'hello\n', /^Unknown text/],
    ['is empty', '', /^The text is empty/],
    ['is binary', '\u0000'.repeat(2000), /^This is binary/],
  ])('ends with 2 and one line for what %s', async (_, text, words) => {
    const { exitCode, stdout } = await piped([text])
    expect(exitCode).toBe(2)
    expect(stdout).toMatch(words)
    expect(stdout.trim().split('\n')).toHaveLength(1)
  })

  test('ends with 2 and says so when there is no such file', async () => {
    const { exitCode, stderr } = await unwedge(['triage', '/no/such/file'], { HOME: folder }, folder)
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/^\/no\/such\/file can't be read: ENOENT/)
  })

  test('reads 100 MB in bounded memory', async () => {
    const noise = 'Nov 20 03:10:10 node1 app: nothing of any interest stands in this line\n'.repeat(14_000)
    const log = function* () {
      for (let megabyte = 0; megabyte < 100; megabyte += 1) yield noise
      yield TWO
    }
    const { stdout, peak } = await piped(log())
    expect(stdout).toContain('1.1.2.1:0/1193546917')
    expect(stdout).toMatch(/Of 1,400,003 lines/)
    // 150 on an idle machine; a busy one collects garbage later
    expect(peak).toBeLessThan(200)
  })
})

test('lets nothing of the text move the cursor or hide', () => {
  const evil = 'a\u001b[2J\u0007\u202eb\rc'
  const shown = triageText(
    {
      recognised: [{ kind: evil, from: 1, to: 1, lines: 1 }],
      facts: { osds: [{ id: evil }] },
      findings: [
        {
          playbook: 'osd',
          code: 'x',
          verdict: 'confirmed',
          severity: 'warning',
          summary: evil,
          details: [evil],
          evidence: [evil],
        },
      ],
      next: [{ command: evil, why: evil }],
      doNot: [{ what: evil, why: evil }],
    },
    false,
  )
  expect(shown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u)
})
