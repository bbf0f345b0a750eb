import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { PATIENT, unwedge } from '../e2e/stand.ts'

vi.setConfig(PATIENT)

const folder = mkdtempSync(join(tmpdir(), 'unwedge-cli-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, text: string) => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const run = (...args: string[]) => unwedge(args, { HOME: folder }, folder)
const HEADER = 'rbd_header.7mjm6dk28jaj3'

describe('unwedge check', () => {
  test('ends with 1 when something is wrong, and prints one JSON document', async () => {
    const recording = join(folder, 'seen.json')
    const { exitCode, stdout, stderr } = await run(
      ...['check', 'watchers', HEADER, 'cluster=demo', 'interval=2', '--json', '--record', recording],
    )
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' })
    const answer = JSON.parse(stdout)
    expect(answer).toMatchObject({
      playbook: 'watchers',
      cluster: 'demo',
      args: { target: HEADER, interval: '2' },
      looked: true,
      findings: [{ verdict: 'confirmed', severity: expect.stringMatching(/warning|critical/) }],
      offers: [{ remedy: 'blocklist', approvals: 1 }],
      unseen: [],
    })
    expect(Object.keys(answer)).toEqual(
      expect.arrayContaining(['subject', 'startedAt', 'endedAt', 'facts', 'next', 'doNot']),
    )

    const replayed = await run('replay', recording, '--json')
    expect(replayed.exitCode).toBe(1)
    expect(JSON.parse(replayed.stdout)).toEqual(answer)
    expect(JSON.parse(readFileSync(recording, 'utf8'))).toMatchObject({ format: 'unwedge-recording-1' })
  })

  test('says the same in words, without colour where nobody looks', async () => {
    const { exitCode, stdout } = await run('check', 'watchers', HEADER, 'cluster=demo', 'interval=2')
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^A left-over watcher is on `rbd\/vol7`/)
    expect(stdout).toContain('Needs 1 approval in Slack. The commands:')
    expect(stdout).not.toContain('\u001b')
  })

  test('ends with 2 when it could not look', async () => {
    const { exitCode, stdout } = await run('check', 'watchers', 'nopool/vol7', 'cluster=demo', '--json')
    expect(exitCode).toBe(2)
    expect(JSON.parse(stdout)).toMatchObject({ looked: false, findings: [{ verdict: 'inconclusive' }] })
  })

  test.each([
    [
      'a misspelt check',
      ['check', 'wachers', HEADER],
      /check called `wachers`.*Did you mean: unwedge check watchers/s,
    ],
    [
      'an unknown cluster',
      ['check', 'watchers', HEADER, 'cluster=demu'],
      /no cluster "demu"; known are .*demo/,
    ],
    ['an option of a program', ['check', 'watchers', '--foo'], /looks like an option/],
    ['an unknown command', ['chek'], /unknown command 'chek'/],
    ['a recording that is none', ['replay', 'nothing.json'], /nothing\.json is not a recording/],
    ['a trail that is not there', ['audit', 'verify', 'nothing.jsonl'], /nothing\.jsonl/],
  ])('ends with 2 and says what would be right: %s', async (_, args, problem) => {
    const { exitCode, stdout, stderr } = await run(...args)
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(problem)
    expect(stderr, 'no stack trace').not.toMatch(/^ {4}at /m)
    expect(stdout).toBe('')
  })

  test('with --json bad input is a JSON document, too', async () => {
    const { exitCode, stdout } = await run('check', 'wachers', HEADER, '--json')
    expect(exitCode).toBe(2)
    expect(JSON.parse(stdout)).toEqual({
      error: {
        problem: expect.stringContaining('wachers'),
        tryThis: expect.stringContaining('check watchers'),
      },
    })
  })
})

test('unwedge playbooks --json is a list of what can be checked', async () => {
  const { exitCode, stdout } = await run('playbooks', '--json')
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'watchers', remedies: expect.arrayContaining(['blocklist']) }),
    ]),
  )
})

describe('unwedge config check', () => {
  test('says what it read', async () => {
    const path = file(
      'right.yaml',
      'clusters: {wsg: {hosts: {node1: {addresses: [10.0.0.1], roles: [ceph-admin]}}}}\n',
    )
    expect(await run('config', 'check', '--config', path)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`${path} is right: wsg (1 hosts)`),
    })
  })

  const bad: [string, string, RegExp][] = [
    ['an unknown key', 'slak: {}\n', /\(top level\): unknown key "slak"/],
    ['a wrong mode', 'slack: {mode: carrier-pigeon}\n', /slack\.mode: expected one of socket, http/],
    ['a wrong type', 'approvals: {expire_minutes: soon}\n', /approvals\.expire_minutes: expected number/],
    [
      'an approver by name',
      'approvals: {approvers: [mei]}\n',
      /approvals\.approvers\.0: expected a Slack user id/,
    ],
    [
      'a cluster without hosts',
      'clusters: {a: {hosts: {}}}\n',
      /clusters\.a\.hosts: expected at least one host/,
    ],
    [
      'an unknown role',
      'clusters: {a: {hosts: {n: {roles: [boss]}}}}\n',
      /clusters\.a\.hosts\.n\.roles\.0: expected one of ceph-admin/,
    ],
    [
      'a bad address',
      'clusters: {a: {hosts: {n: {addresses: [node1], roles: [ceph-admin]}}}}\n',
      /addresses\.0: expected an IP address/,
    ],
    [
      'a dangling default',
      'default_cluster: wsg\n',
      /default_cluster: expected one of the clusters \(local, demo\), got "wsg"/,
    ],
    ['no YAML', 'slack: {\n', /not valid YAML/],
  ]
  test.each(bad)('names file, path and what was expected, and ends with 2: %s', async (_, text, problem) => {
    const path = file('bad.yaml', text)
    const { exitCode, stderr } = await run('config', 'check', '--config', path)
    expect(exitCode).toBe(2)
    expect(stderr).toContain(path)
    expect(stderr).toMatch(problem)
    expect(stderr).not.toMatch(/^ {4}at /m)
  })

  test('a file that is not there', async () => {
    const { exitCode, stderr } = await run('config', 'check', '--config', join(folder, 'none.yaml'))
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringMatching(/none\.yaml: cannot be read \(ENOENT\)/),
    })
  })
})

describe('a process that may not start says why and ends with 2', () => {
  test.each(['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET'])(
    'a worker that holds %s',
    async (name) => {
      const { exitCode, stderr } = await unwedge(['worker'], { HOME: folder, [name]: 'xoxb-secret' }, folder)
      expect(exitCode).toBe(2)
      expect(stderr).toContain(`${name} is set: a worker holds no Slack secrets`)
      expect(stderr).not.toContain('xoxb-secret')
    },
  )

  test('a bot without tokens', async () => {
    const { exitCode, stderr } = await run('bot')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('Not set: SLACK_BOT_TOKEN, SLACK_APP_TOKEN')
  })

  test('a bot and a worker with a broken configuration', async () => {
    const path = file('broken.yaml', 'signing: {private_key: x}\n')
    for (const name of ['bot', 'worker']) {
      const { exitCode, stderr } = await run(name, '--config', path)
      expect(exitCode).toBe(2)
      expect(stderr).toContain(`${path}: signing: unknown key "private_key"`)
    }
  })

  test('a worker whose key is the private one', async () => {
    await run('config', 'keys', join(folder, 'keys'))
    const path = file('swapped.yaml', `signing: {public_key_file: ${join(folder, 'keys', 'bot.key')}}\n`)
    const env = { HOME: folder, REDIS_URL: 'redis://127.0.0.1:1' }
    const { exitCode, stderr } = await unwedge(['worker', '--config', path], env, folder)
    expect(exitCode).toBe(2)
    expect(stderr).toContain('it is a private one')
    expect(stderr).not.toContain('BEGIN')
  })
})
