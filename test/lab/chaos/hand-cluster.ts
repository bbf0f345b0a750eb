import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { leftOverWatcher } from '../../../playbooks/watchers/scenario.ts'

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

const TOOLS = ['ceph', 'rados', 'rbd', 'ss', 'ps', 'find', 'cat']
const tool = fileURLToPath(new URL('./tool.ts', import.meta.url))

export async function startHandCluster(folder: string): Promise<HandCluster> {
  const bin = join(folder, 'bin')
  const socketPath = join(folder, 'tools.sock')
  mkdirSync(bin, { recursive: true })
  for (const name of TOOLS) {
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
    const replied = leftOverWatcher.answer(state, hostOf(argv), argv, Date.now())
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
        // whoever watches with good reason is seen on a replayed host, which also makes the clock run faster
        { ...host, transport: name === 'wsg-70-3' ? 'replay' : 'local' },
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

/** The local transport does not tell a tool for which host it runs; here the command does. */
function hostOf(argv: string[]): string {
  const [program] = argv
  const onOsd1 = program === 'ceph' && argv.includes('osd.1')
  return ['ss', 'ps', 'find', 'cat'].includes(program ?? '') || onOsd1 ? 'wsg-2' : 'node1'
}
