import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCheck } from '../../../jobs/check.ts'
import { fastClock } from '../../../jobs/clock.ts'
import type { RawArgs } from '../../../jobs/contracts.ts'
import { type Cluster, openCluster } from '../../../jobs/hosts/cluster.ts'
import { catalogue } from '../../../playbooks/catalogue.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import { playbookNamed } from '../../../playbooks/shared/playbook.ts'
import type { Scenario } from '../../../playbooks/shared/scenario.ts'
import { leftOverWatcher } from '../../../playbooks/watchers/scenario.ts'
import { HEADER } from '../../e2e/conversation.ts'

/** What a cluster by hand replays, and what counts as done to it. */
export type Incident = {
  scenario: Scenario
  playbook: Playbook
  args: RawArgs
  /** seen on a replayed host, which also makes the clock run faster; not touched by what is done */
  replayed: string
  /** where commands run that no check asks for */
  acted: string
  /** what a command did, for `effects`; undefined: it only looked */
  effect(line: string): string | undefined
}

const watchers: Incident = {
  scenario: leftOverWatcher as Scenario,
  playbook: (await playbookNamed(catalogue, leftOverWatcher.playbook))!,
  args: { target: HEADER },
  // whoever watches with good reason
  replayed: 'wsg-70-3',
  acted: 'node1',
  effect: (line) => / (?:blacklist|blocklist) (add|rm) /.exec(line)?.[1],
}

/**
 * The incident as a cluster that outlives the worker: its tools are real programs on the worker's PATH that ask this
 * process what to print. So the test sees what was done to it, and can hold any command for as long as it likes.
 */
export type HandCluster = {
  /** for the worker's environment */
  path: string
  /** for unwedge.yaml */
  hosts: Record<string, unknown>
  /** what was done to it, in order, e.g. `add`, `rm` */
  effects: string[]
  /** Lets the next command that fits wait. `reached`: it is there; `release`: it goes on. */
  hold(fits: RegExp): { reached: Promise<void>; release(): void }
  stop(): void
}

const tool = fileURLToPath(new URL('./tool.ts', import.meta.url))

export async function startHandCluster(folder: string, incident = watchers): Promise<HandCluster> {
  const { scenario } = incident
  const bin = join(folder, 'bin')
  const socketPath = join(folder, 'tools.sock')
  mkdirSync(bin, { recursive: true })
  const hostOf = await learnCommands(incident)
  for (const name of new Set([...hostOf.keys()].map((line) => line.split(' ')[0]!))) {
    const line = `exec '${process.execPath}' --disable-warning=ExperimentalWarning '${tool}' '${socketPath}' ${name} "$@"`
    writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 })
  }
  let state = scenario.start()
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
    const replied = scenario.answer(state, hostOf.get(line) ?? incident.acted, argv, Date.now())
    if (!replied) return { stderr: `${argv[0]}: not known here\n`, exitCode: 127 }
    state = replied.state
    const effect = incident.effect(line)
    if (effect) effects.push(effect)
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
      scenario.hosts.map(({ name, ...host }) => [
        name,
        { ...host, transport: name === incident.replayed ? 'replay' : 'local' },
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
async function learnCommands({ scenario, playbook, args, replayed }: Incident): Promise<Map<string, string>> {
  const hosts = new Map<string, string>()
  const cluster = openCluster({
    name: 'demo',
    hosts: scenario.hosts.map((host) => ({ ...host, transport: 'replay' })),
    scenarios: [scenario],
    clock: fastClock(1000),
  })
  const run: Cluster['run'] = (probe, signal) => {
    if (probe.host !== replayed) hosts.set(probe.argv.join(' '), probe.host)
    return cluster.run(probe, signal)
  }
  await runCheck({ playbook, args, cluster: { ...cluster, run } })
  await cluster.close()
  return hosts
}
