import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCheck } from '../../../jobs/check.ts'
import { fastClock } from '../../../jobs/clock.ts'
import { type Cluster, openCluster } from '../../../jobs/hosts/cluster.ts'
import { catalogue } from '../../../playbooks/catalogue.ts'
import type { Scenario } from '../../../playbooks/shared/scenario.ts'
import { leftOverWatcher } from '../../../playbooks/watchers/scenario.ts'
import { HEADER } from '../../e2e/conversation.ts'

/**
 * The incident as a cluster that outlives the worker: its tools are real programs on the worker's PATH that ask this
 * process what to print. So the test sees what was done to it, and can hold any command for as long as it likes.
 */
export type HandCluster = {
  /** for the worker's environment */
  path: string
  /** for unwedge.yaml */
  hosts: Record<string, unknown>
  /** what was done to it, in order: `add`, `rm` */
  effects: string[]
  /** Lets the next command that fits wait. `reached`: it is there; `release`: it goes on. */
  hold(fits: RegExp): { reached: Promise<void>; release(): void }
  stop(): void
}

/** Whoever watches with good reason is seen on a replayed host, which also makes the clock run faster. */
const REPLAYED = 'wsg-70-3'
const tool = fileURLToPath(new URL('./tool.ts', import.meta.url))

export async function startHandCluster(folder: string): Promise<HandCluster> {
  const bin = join(folder, 'bin')
  const socketPath = join(folder, 'tools.sock')
  mkdirSync(bin, { recursive: true })
  const hostOf = await learnCommands()
  for (const name of new Set([...hostOf.keys()].map((line) => line.split(' ')[0]!))) {
    const line = `exec '${process.execPath}' --disable-warning=ExperimentalWarning '${tool}' '${socketPath}' ${name} "$@"`
    writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 })
  }
  let state = leftOverWatcher.start()
  const effects: string[] = []
  let holds: { fits: RegExp; reached: () => void; released: Promise<void> }[] = []
  const sockets = new Set<Socket>()

  const answer = async (argv: string[]) => {
    const line = argv.join(' ')
    const held = holds.find(({ fits }) => fits.test(line))
    if (held) {
      holds = holds.filter((each) => each !== held)
      held.reached()
      await held.released
    }
    const replied = leftOverWatcher.answer(state, hostOf.get(line) ?? 'node1', argv, Date.now())
    if (!replied) return { stderr: `${argv[0]}: not known here\n`, exitCode: 127 }
    state = replied.state
    const change = / (?:blacklist|blocklist) (add|rm) /.exec(line)?.[1]
    if (change) effects.push(change)
    return replied.reply
  }

  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', (part) => {
      text += part
      if (!text.endsWith('\n')) return
      void answer(JSON.parse(text)).then((reply) => socket.end(JSON.stringify(reply)))
    })
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))

  return {
    path: `${bin}:${process.env.PATH ?? ''}`,
    hosts: Object.fromEntries(
      leftOverWatcher.hosts.map(({ name, ...host }) => [
        name,
        { ...host, transport: name === REPLAYED ? 'replay' : 'local' },
      ]),
    ),
    effects,
    hold: (fits) => {
      const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      holds.push({ fits, reached: reached.resolve, released: released.promise })
      return { reached: reached.promise, release: released.resolve }
    },
    stop: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/**
 * The local transport does not tell a tool for which host it runs. So a check of the same incident, all replayed,
 * shows first which command goes where, and which programs have to be there at all.
 */
async function learnCommands(): Promise<Map<string, string>> {
  const hosts = new Map<string, string>()
  const replayed = openCluster({
    name: 'demo',
    hosts: leftOverWatcher.hosts.map((host) => ({ ...host, transport: 'replay' })),
    scenarios: [leftOverWatcher as Scenario],
    clock: fastClock(1000),
  })
  const run: Cluster['run'] = (probe, signal) => {
    if (probe.host !== REPLAYED) hosts.set(probe.argv.join(' '), probe.host)
    return replayed.run(probe, signal)
  }
  const playbook = catalogue.find(({ name }) => name === leftOverWatcher.playbook)!
  await runCheck({ playbook, args: { target: HEADER }, cluster: { ...replayed, run } })
  await replayed.close()
  return hosts
}
