import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { serve } from '../../../jobs/hosts/serve.ts'
import { freePort, signal } from '../ssh/sshd.ts'

export const TARGET = 'iqn.2026-11.local.test:disk1'
const UP_MS = 10_000

/** A real iSCSI target in user space on this machine's loopback, with one LUN; it can stop answering without being gone. */
export type Tgtd = {
  /** the same target, twice: open-iscsi logs in to one portal once, whatever the initiator's name */
  ports: readonly [number, number]
  stop(): void
  go(): void
  /** sets whether its LUN is ready */
  online(is: boolean): void
  /** its LUN is not there any more */
  deleteLun(): void
  end(): Promise<void>
}

export async function startTgtd(): Promise<Tgtd> {
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-tgtd-'))
  const disk = join(folder, 'disk')
  writeFileSync(disk, '')
  truncateSync(disk, 2 ** 26)
  const ports = [await freePort(), await freePort()] as const
  const portals = ports.map((port) => `portal=127.0.0.1:${port}`).join()
  const env = { PATH: `${process.env.PATH}:/usr/sbin`, TGT_IPC_SOCKET: join(folder, 'socket') }
  const served = await serve({
    name: 'tgtd',
    argv: ['setpriv', '--pdeathsig', 'KILL', 'tgtd', '-f', '--iscsi', portals],
    env,
    ready: (line) => /thread|timer|open_ctl|work_timer_start/.test(line) || undefined,
    readyWithinMs: UP_MS,
  })
  const admin = (...args: string[]) =>
    void execFileSync('tgtadm', ['--lld', 'iscsi', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const end = async () => {
    signal(served.pid, 'SIGKILL')
    await served.exited
    rmSync(folder, { recursive: true })
  }
  try {
    await answers(() => admin('--op', 'show', '--mode', 'target'))
    admin('--op', 'new', '--mode', 'target', '--tid', '1', '-T', TARGET)
    admin('--op', 'new', '--mode', 'logicalunit', '--tid', '1', '--lun', '1', '-b', disk)
    admin('--op', 'bind', '--mode', 'target', '--tid', '1', '-I', 'ALL')
  } catch (error) {
    await end()
    throw error
  }
  const lun = ['--mode', 'logicalunit', '--tid', '1', '--lun', '1']
  return {
    ports,
    stop: () => signal(served.pid, 'SIGSTOP'),
    go: () => signal(served.pid, 'SIGCONT'),
    online: (is) => admin('--op', 'update', ...lun, '--params', `online=${is ? 1 : 0}`),
    deleteLun: () => admin('--op', 'delete', ...lun),
    end,
  }
}

async function answers(ask: () => unknown): Promise<void> {
  for (const until = Date.now() + UP_MS; ; ) {
    try {
      return void ask()
    } catch (error) {
      if (Date.now() > until) throw error
      await delay(100)
    }
  }
}
