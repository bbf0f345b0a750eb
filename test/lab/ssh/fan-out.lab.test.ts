import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { command, open, scratch, timed } from './commands.ts'
import { sshdForTest } from './sshd.ts'

/** sshd listens on no more than 16 addresses. */
const addresses = Array.from({ length: 16 }, (_, index) => `127.0.2.${index + 1}`)
const names = Array.from({ length: 64 }, (_, index) => `h${index + 1}`)

test('64 hosts answer the same question, cold and warm, and clush for comparison', async () => {
  const sshd = await sshdForTest({ addresses, config: ['MaxStartups 300:30:500'] })
  const addressOf = (index: number) => addresses[index % addresses.length]!
  const hosts = Object.fromEntries(
    names.map((name, index) => [name, { ...sshd.settings, address: addressOf(index) }]),
  )
  const { run } = open(hosts)
  const ask = () =>
    timed(Promise.all(names.map((name) => run(name, command(['cat', '/proc/locks'], { limitMs: 30_000 })))))
  const [cold, coldMs] = await ask()
  const [warm, warmMs] = await ask()
  const [, againMs] = await ask()
  for (const ran of [...cold, ...warm]) expect(ran).toMatchObject({ outcome: 'exited', exitCode: 0 })

  const config = join(scratch(), 'config')
  const { port, user, keyFile, knownHosts } = sshd.settings
  const each = names.map((name, index) => `Host ${name}\n  HostName ${addressOf(index)}`)
  const common = `Host *\n  Port ${port}\n  User ${user}\n  IdentityFile ${keyFile}\n  UserKnownHostsFile ${knownHosts}\n  BatchMode yes`
  writeFileSync(config, `${[...each, common].join('\n')}\n`)
  const clush = ['-S', '-f', '64', '-o', `-F ${config}`, '-w', `h[1-${names.length}]`, 'cat', '/proc/locks']
  // sshd's log comes through this process, which must not wait
  const [code, clushMs] = await timed(
    new Promise((resolve) =>
      spawn('clush', clush, { stdio: 'ignore', timeout: 60_000 }).once('exit', resolve),
    ),
  )
  expect(code).toBe(0)

  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`
  console.info(
    `64 hosts: cold ${seconds(coldMs)}, warm ${seconds(warmMs)} and ${seconds(againMs)}; clush ${seconds(clushMs)}`,
  )
  // a connection that is there must pay
  expect(Math.min(warmMs, againMs)).toBeLessThan(clushMs)
})
