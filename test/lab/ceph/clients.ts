import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { formatAddress } from '../../../playbooks/shared/ceph/address.ts'
import { readListwatchers } from '../../../playbooks/shared/ceph/watchers.ts'
import { type Ceph, end, until } from './cluster.ts'

/** A real client that watches one object. */
export type HeldWatch = {
  pid: number
  /** as Ceph prints it: `127.0.0.1:0/3062468253` */
  address: string
  client: string
  cookie: string
  /** SIGKILL, SIGSTOP …: the watch stays until its timeout */
  kill(signal: NodeJS.Signals): void
  /** the client unwatches and ends, as a clean unmap would */
  close(): Promise<void>
  /** what the client has printed so far */
  said(): string
}

/** Makes an image of 64 MiB and says which object its clients watch. */
export async function createImage(ceph: Ceph, name: string): Promise<{ id: string; header: string }> {
  const made = await ceph.run('rbd', 'create', '--size', '64M', name)
  const info = await ceph.run('rbd', 'info', name, '--format', 'json')
  const id = /"id":"([0-9a-f]+)"/.exec(info.stdout)?.[1]
  if (made.exitCode !== 0 || id === undefined)
    throw new Error(`rbd create ${name}: ${made.stderr}${info.stderr}`)
  return { id, header: `rbd_header.${id}` }
}

/**
 * Starts `rbd watch IMAGE`, or `rados watch OBJECT`, and waits until its watch is listed. `object` is what is
 * watched (for an image: its header). One at a time per object, so that the new watch is known to be ours.
 */
export async function holdWatch(
  ceph: Ceph,
  what: { image: string; object: string } | { object: string },
): Promise<HeldWatch> {
  const before = new Set((await watchers(ceph, what.object)).map(({ address }) => address))
  const argv =
    'image' in what ? ['rbd', 'watch', what.image] : ['rados', '-p', ceph.pool, 'watch', what.object]
  const child = spawn(argv[0] ?? '', argv.slice(1), { env: ceph.env, stdio: ['pipe', 'pipe', 'pipe'] })
  ceph.adopt(child)
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.stdin.on('error', () => {})
  const gone = once(child, 'exit')
  let mine: Awaited<ReturnType<typeof watchers>>[number] | undefined
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`${argv.join(' ')} ended: ${said}`)
      mine = (await watchers(ceph, what.object)).find(({ address }) => !before.has(address))
      return mine !== undefined
    }, 10_000)
  } catch (error) {
    await end(child)
    throw error
  }
  if (!mine || child.pid === undefined) throw new Error(`${argv.join(' ')}: no watch`)
  return {
    pid: child.pid,
    ...mine,
    kill: (signal) => void child.kill(signal),
    close: async () => {
      child.kill('SIGCONT')
      child.stdin.end('\n')
      const quit = setTimeout(() => child.kill('SIGKILL'), 3000)
      await gone
      clearTimeout(quit)
    },
    said: () => said,
  }
}

async function watchers(ceph: Ceph, object: string) {
  const printed = await ceph.run('rados', '-p', ceph.pool, 'listwatchers', object)
  return readListwatchers(printed).map(({ address, client, cookie }) => ({
    address: formatAddress(address),
    client,
    cookie,
  }))
}
