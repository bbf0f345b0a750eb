import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readers } from '../../../playbooks/readers.ts'
import { toEre } from '../ere.ts'
import { peakMiB, program } from '../processes.ts'
import { inMemory } from '../product.ts'
import type { Row } from '../row.ts'
import { timed } from '../timed.ts'

const MIB = 2 ** 20

export const triage: Row = {
  name: 'triage',
  needs: { programs: ['grep'] },
  rounds: { short: 1 },
  lines: [
    {
      name: 'triage',
      what: '100 MB of mixed log through `unwedge triage`; grep -c -i -E with the same signatures, LC_ALL=C',
      unit: 'ms',
      ours: 'unwedge.ms',
      peer: 'grep.ms',
      target: 3,
    },
    {
      name: 'triage, memory',
      what: 'most memory it had; a limit of 150 MiB',
      unit: 'MiB',
      ours: 'unwedge.peak',
      peer: 150,
      target: 1,
    },
  ],
  async open() {
    const folder = inMemory(() => mkdtempSync(join(tmpdir(), 'unwedge-triage-')))
    const file = join(folder, 'mixed.log')
    const patterns = join(folder, 'patterns')
    // never less: a small log would measure Node's start
    writeLog(file, 100 * MIB)
    writeFileSync(patterns, `${readers.map(({ wants }) => toEre(wants.source)).join('\n')}\n`)
    return {
      runs: {
        unwedge: () => ours(file),
        grep: async () => ({
          ms: await timed(['grep', '-c', '-i', '-E', '-f', patterns, file], {
            env: { PATH: process.env.PATH, LC_ALL: 'C' },
            codes: [0, 1],
          }),
        }),
      },
      close: async () => rmSync(folder, { recursive: true, force: true }),
    }
  },
}

async function ours(file: string): Promise<{ ms: number; peak: number }> {
  const from = performance.now()
  const child = spawn(process.execPath, [program, 'triage', file, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk
  })
  let peak = 0
  const look = setInterval(() => {
    try {
      peak = Math.max(peak, peakMiB(child.pid!))
    } catch {} // it is ending
  }, 20)
  await once(child, 'close')
  clearInterval(look)
  const ms = performance.now() - from
  // it has to have understood something, or it was not measured
  const { recognised } = JSON.parse(text) as { recognised: unknown[] }
  if (recognised.length === 0) throw new Error('nothing was recognised')
  return { ms, peak }
}

/** What fills a real log, and now and then a line that means something. */
const NOISE = [
  'Nov 20 03:%2:%3 node%1 systemd[1]: Started Session %4 of user root.',
  'Nov 20 03:%2:%3 node%1 CRON[%4]: (root) CMD (command -v debian-sa1 > /dev/null && debian-sa1 1 1)',
  'Nov 20 03:%2:%3 node%1 sshd[%4]: Accepted publickey for backup from 10.0.0.%1 port 4%4 ssh2: ED25519',
  '10.0.%1.7 - - [20/Nov/2026:03:%2:%3 +0000] "GET /static/app-%4.js HTTP/1.1" 200 5%4 "-" "curl/7.88.1"',
  '2026-11-20T03:%2:%3.1%4Z INFO  worker-%1 request id=req-%4%4 took 1%3 ms, cache hit',
  'Nov 20 03:%2:%3 node%1 dhclient[%4]: DHCPACK of 10.1.%1.9 from 10.1.0.1',
]
const SIGNAL = [
  'watcher=10.0.0.%1:0/31%4 client.4%4 cookie=9397%4',
  'Nov 20 03:%2:%3 node%1 kernel: [%4.123] INFO: task nova-compute:%4 blocked for more than 120 seconds.',
  '2026-11-20T03:%2:%3.12%3+0000 7f%4 -1 osd.4 12 heartbeat_check: no reply from 10.0.0.%1:6804 osd.7',
  '6: POSIX  ADVISORY  WRITE %4 fe:00:2189%4 0 EOF',
]

function writeLog(file: string, bytes: number): void {
  const out = openSync(file, 'w')
  let [n, size] = [0, 0]
  while (size < bytes) {
    const lines: string[] = []
    for (let each = 0; each < 10_000; each++, n++) {
      const form = n % 500 === 0 ? SIGNAL[(n / 500) % SIGNAL.length]! : NOISE[n % NOISE.length]!
      lines.push(
        form
          .replaceAll('%1', String(n % 200))
          .replaceAll('%2', String(10 + (n % 50)))
          .replaceAll('%3', String(10 + ((n * 7) % 50)))
          .replaceAll('%4', String(1000 + ((n * 31) % 9000))),
      )
    }
    size += writeSync(out, `${lines.join('\n')}\n`)
  }
  closeSync(out)
}
