import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { root } from '../../tooling/tree.ts'
import { sshdForTest } from './sshd.ts'

/** `unwedge …` with one cluster whose hosts are reached over ssh. */
async function unwedge(...words: string[]) {
  const { settings } = await sshdForTest()
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-ssh-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const { address, user, port, keyFile, knownHosts } = settings
  const ssh = { address, ...(user && { user }), port, key_file: keyFile, known_hosts: knownHosts }
  const hosts = {
    far: { addresses: ['127.0.0.1'], roles: ['nfs-client', 'nfs-server'], transport: 'ssh' },
    gone: { roles: ['nfs-server'], transport: 'ssh', ssh: { port: 1 } },
  }
  const file = join(folder, 'unwedge.yaml')
  writeFileSync(file, stringify({ state_dir: folder, clusters: { lab: { ssh, hosts } } }))
  const argv = [join(root, 'bot/unwedge.mjs'), ...words, '--config', file, '--json']
  const { stdout, exitCode } = await execa(process.execPath, argv, { reject: false })
  return { exitCode, said: JSON.parse(stdout) }
}

test('says of every configured host whether it can be reached, and why not', async () => {
  const { exitCode, said } = await unwedge('hosts', 'check')
  expect(exitCode).toBe(1)
  expect(said).toMatchObject([
    { host: 'far', latencyMs: expect.any(Number) },
    { host: 'gone', latencyMs: null, whyNot: expect.stringContaining('nothing listens') },
  ])
})

test('a check looks at a host over ssh', async () => {
  const { said } = await unwedge('check', 'stuck', 'on=far')
  expect(said.looked, JSON.stringify(said.findings)).toBe(true)
})
