import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCluster } from '../../../jobs/hosts/cluster.ts'
import { probesOf } from '../../../playbooks/lock/probes.ts'
import type { Lock } from '../../../playbooks/shared/linux/proc-locks.ts'
import { inMemory } from '../product.ts'
import type { Row } from '../row.ts'
import { timed, tookMs } from '../timed.ts'

const INODE = '9007199254740993001'

export const locks: Row = {
  name: 'locks',
  needs: { programs: ['grep', 'awk'] },
  lines: [
    line(
      'locks vs grep',
      'as a check looks: searched by a program, read and validated; grep -F of the inode',
      'unwedge',
      'grep',
      3,
    ),
    line('locks vs awk', 'the same; awk by field', 'unwedge', 'awk', 0.7),
  ],
  async open(effort) {
    const folder = inMemory(() => mkdtempSync(join(tmpdir(), 'unwedge-locks-')))
    const file = join(folder, 'locks')
    writeFileSync(file, manyLocks(effort === 'whole' ? 1_000_000 : 200_000))
    const cluster = openCluster({
      name: 'bench',
      hosts: [{ name: 'here', addresses: [], roles: ['nfs-server'], transport: 'local' }],
      local: { stateDir: folder },
    })
    const probe = probesOf('here').locks(1, [INODE])
    const argv = probe.argv.map((word) => (word === '/proc/locks' ? file : word)) as [string, ...string[]]
    const check = (found: readonly Lock[]) => {
      if (found.length !== 2 || found.some(({ ino }) => ino !== INODE)) throw new Error('not the two locks')
    }
    return {
      runs: {
        unwedge: async () => ({
          ms: await tookMs(async () => check(probe.parse(await cluster.run({ ...probe, argv })))),
        }),
        grep: async () => ({ ms: await timed(['grep', '-F', INODE, file]) }),
        awk: async () => ({
          ms: await timed([
            'awk',
            '-v',
            `ino=${INODE}`,
            '{ n = split($(NF-2), f, ":"); if (f[n] == ino) print }',
            file,
          ]),
        }),
      },
      close: async () => {
        await cluster.close()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  },
}

function line(name: string, what: string, ours: string, peer: string, target: number) {
  return { name, what, unit: 'ms', ours: `${ours}.ms`, peer: `${peer}.ms`, target }
}

/** A text of /proc/locks: one holder and one waiter of the inode at nine tenths, neighbours of it everywhere. */
function manyLocks(count: number): string {
  const lines: string[] = []
  for (let n = 1; lines.length < count; n++) {
    if (lines.length === Math.floor(count * 0.9)) {
      lines.push(`${n}: POSIX  ADVISORY  WRITE 21716 fe:00:${INODE} 0 EOF`)
      lines.push(`${n}: -> POSIX  ADVISORY  WRITE 21717 fe:00:${INODE} 0 EOF`)
    }
    const inode = BigInt(INODE) + BigInt(n)
    lines.push(
      `${n}: ${n % 3 ? 'POSIX ' : 'FLOCK '} ADVISORY  ${n % 2 ? 'READ ' : 'WRITE'} ${1000 + (n % 30000)} fe:0${n % 8}:${inode} ${n % 4 ? '0 EOF' : `${n} ${n + 100}`}`,
    )
  }
  return `${lines.join('\n')}\n`
}
