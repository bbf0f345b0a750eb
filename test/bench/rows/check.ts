import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCheck } from '../../../jobs/check.ts'
import { openCluster } from '../../../jobs/hosts/cluster.ts'
import { childEnvironment } from '../../../jobs/hosts/environment.ts'
import { ownAddresses } from '../../../jobs/hosts/tools.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import { watchers } from '../../../playbooks/watchers/index.ts'
import { createImage, holdWatch } from '../../lab/ceph/clients.ts'
import { startCeph } from '../../lab/ceph/cluster.ts'
import type { Row } from '../row.ts'
import { timed, tookMs } from '../timed.ts'

export const check: Row = {
  name: 'check',
  needs: { root: true, programs: ['ceph', 'ceph-mon', 'ceph-osd', 'rados', 'rbd'] },
  onlyWhole: 'it starts a Ceph',
  lines: [
    {
      name: 'check',
      what: '`check watchers` on a real Ceph, two clients, without the deliberate wait; the same commands one after another in a shell script',
      unit: 'ms',
      ours: 'unwedge.ms',
      peer: 'script.ms',
      target: 0.6,
    },
  ],
  async open() {
    const ceph = await startCeph({ watchTimeoutS: 600 })
    const folder = mkdtempSync(join(tmpdir(), 'unwedge-check-'))
    const { header } = await createImage(ceph, 'img')
    for (const _ of [1, 2]) await holdWatch(ceph, { image: 'img', object: header })
    const cluster = openCluster({
      name: 'bench',
      hosts: [{ name: 'here', addresses: ownAddresses(), roles: ['ceph-admin'], transport: 'local' }],
      local: { stateDir: folder },
      ceph: { conf: ceph.conf },
    })
    const look = () =>
      runCheck({ playbook: watchers as Playbook, args: { target: 'rbd/img', interval: '0' }, cluster })
    const { recording, result } = await look()
    if (result.diagnosis.unseen.length > 0)
      throw new Error(`not seen: ${JSON.stringify(result.diagnosis.unseen)}`)
    // exactly what the check ran, in the order in which it was started
    const script = join(folder, 'script.sh')
    const quoted = recording.observations
      .toSorted((a, b) => a.startedAt - b.startedAt)
      .map(({ argv }) => argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' '))
    writeFileSync(script, `${quoted.join('\n')}\nexit 0\n`)
    return {
      runs: {
        unwedge: async () => ({ ms: await tookMs(look) }),
        script: async () => ({
          ms: await timed(['sh', script], { env: childEnvironment(process.env), cwd: '/' }),
        }),
      },
      close: async () => {
        await cluster.close()
        await ceph.stop()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  },
}
