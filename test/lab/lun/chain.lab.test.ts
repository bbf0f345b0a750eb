import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Progress, runCheck } from '../../../jobs/check.ts'
import { type Cluster, openCluster } from '../../../jobs/hosts/cluster.ts'
import { SCST_LUNS_ARGV } from '../../../playbooks/lun/scst.ts'
import { datastore, lun } from '../../playbooks/lun/demo.ts'
import { createImage, type HeldWatch, holdWatch } from '../ceph/clients.ts'
import { type Ceph, startCeph } from '../ceph/cluster.ts'
import { signal } from '../ssh/sshd.ts'
import type { Inside } from './inside.ts'
import { NAMED, OTHER, RED, startEsxi } from './stand-in-esxi.ts'
import { LINKED, SCST_ARGVS, scstSays, startScst } from './stand-in-scst.ts'

let ceph: Ceph
let headers: { red: string; other: string }
let living: HeldWatch
let dying: HeldWatch
let target: Inside
let frozenEsxi: Inside
const hosts: Inside[] = []
const clusters: Cluster[] = []
/** the same site, seen through an ESXi that is fine, and through one that will stop */
let fine: Cluster
let frozen: Cluster
/** the watchers are looked at twice, 35 s apart; meanwhile the other tests run */
let red: ReturnType<typeof check>
let slow: ReturnType<typeof check>
const stateDir = mkdtempSync(join(tmpdir(), 'unwedge-state-'))

beforeAll(async () => {
  for (const hangs of [undefined, undefined, `storage core path list -d ${RED}`])
    hosts.push(await startEsxi(hangs))
  ceph = await startCeph({ watchTimeoutS: 600 })
  const [vol7, vol8] = [await createImage(ceph, 'vol7'), await createImage(ceph, 'vol8')]
  headers = { red: vol7.header, other: vol8.header }
  living = await holdWatch(ceph, { image: 'vol7', object: vol7.header })
  dying = await holdWatch(ceph, { image: 'vol7', object: vol7.header })
  const other = await holdWatch(ceph, { image: 'vol8', object: vol8.header })
  dying.kill('SIGKILL')
  const { fsid } = ceph
  target = await startScst([
    { ...living, id: vol7.id, image: 'vol7', fsid },
    { ...other, id: vol8.id, image: 'vol8', fsid },
  ])
  frozenEsxi = hosts[1]!
  for (const [at, name] of ['fine', 'frozen', 'slow'].entries())
    clusters.push(await openSite(name, hosts[at]!))
  ;[fine, frozen] = clusters as [Cluster, Cluster]
  hosts.push(target)
  await new Promise<void>((looked) => {
    red = check(fine, { target: 'QA-lun-v7', interval: '3' }, datastore, looked)
    red.catch(() => looked()) // its test says so
  })
  // these hosts share a /tmp, and with it the record that a command on the same device hangs
  slow = red.catch(() => {}).then(() => check(clusters[2]!, { target: 'QA-lun-v7', interval: '0' }))
  slow.catch(() => {})
})
afterAll(async () => {
  await Promise.all(clusters.map((cluster) => cluster.close()))
  await Promise.all(hosts.map((host) => host.end()))
  await ceph?.stop()
  rmSync(stateDir, { recursive: true, force: true })
})

/** An ESXi and the target over ssh; Ceph's tools run on this machine. The logins are made now. */
async function openSite(name: string, host: Inside): Promise<Cluster> {
  const cluster = openCluster({
    name,
    hosts: [
      { name: 'esx-1', addresses: [], roles: ['esxi'], transport: 'ssh' },
      // where the image is mapped, its clients live
      { name: 'node2', addresses: ['127.0.0.1'], roles: ['iscsi-target'], transport: 'ssh' },
      { name: 'admin', addresses: [], roles: ['ceph-admin'], transport: 'local' },
    ],
    ceph: { conf: ceph.conf },
    local: { stateDir: join(stateDir, name) },
    ssh: {
      stateDir: join(stateDir, name),
      hosts: { 'esx-1': host.sshd.settings, node2: target.sshd.settings },
    },
  })
  const login = { id: 'login', argv: ['true'] as const, limitMs: 10_000, touches: 'nothing' }
  await Promise.all(['esx-1', 'node2'].map((each) => cluster.run({ ...login, host: each })))
  return cluster
}

async function check(
  cluster: Cluster,
  args: Record<string, string>,
  playbook = datastore,
  looked: () => void = () => {},
) {
  const from = performance.now()
  const onProgress = ({ firstLook }: Progress) => firstLook && looked()
  const { result } = await runCheck({ playbook, args, cluster, onProgress })
  return { ...result, tookMs: performance.now() - from }
}

/** The way of the red datastore below ESXi. */
const way = () => `\`${RED}\` → SCST \`disk12\` on \`node2\` → \`rbd/vol7\` → \`${headers.red}\` → 2 watchers`

test('find, grep and cat print of such a tree over ssh what the incident replays', async () => {
  for (const argv of SCST_ARGVS) {
    const id = argv.join(' ')
    const { stdout, outcome } = await fine.run({
      id,
      host: 'node2',
      argv,
      limitMs: 5_000,
      touches: 'nothing',
    })
    // beside what is replayed, the tree has counters of each LUN of a session, as SCST does
    const printed = stdout.split('\n').filter((line) => line !== '' && !line.includes('/lun12/'))
    expect({ id, outcome, printed: printed.sort() }).toEqual({
      id,
      outcome: 'exited',
      printed: scstSays(argv).sort(),
    })
  }
  expect(scstSays(SCST_LUNS_ARGV)).toHaveLength(2)
})

test('a datastore and a device file with blanks, quotes and unicode: followed to the one watcher, nothing is wrong', async () => {
  const { diagnosis } = await check(fine, { target: NAMED, interval: '0' })
  const [first] = diagnosis.findings
  expect(first).toMatchObject({ code: 'nothing-wrong-seen', verdict: 'inconclusive' })
  expect(first!.details[0]).toBe(
    `datastore \`${NAMED}\` → \`${OTHER}\` → SCST \`disk11\` on \`node2\` → \`rbd/vol8\` → \`${headers.other}\` → 1 watcher`,
  )
  expect(JSON.stringify(diagnosis.facts.chain)).toContain(`${LINKED}\` leads to \`/dev/rbd1\``)
  expect(diagnosis.offers).toEqual([])
})

test('an ESXi whose sshd hangs: the check ends, names what was not seen, and follows the rest of the way', async () => {
  for (const pid of [frozenEsxi.sshd.pid, ...frozenEsxi.sshd.sessions()]) signal(pid, 'SIGSTOP')
  const [byDevice, byName] = await Promise.all([
    check(frozen, { target: RED, interval: '0' }, lun),
    check(frozen, { target: 'QA-lun-v7', interval: '0' }),
  ])
  for (const { tookMs } of [byDevice, byName]) expect(tookMs).toBeLessThan(25_000)
  const { findings, unseen } = byDevice.diagnosis
  expect(findings[0]).toMatchObject({ code: 'nothing-wrong-seen', verdict: 'inconclusive' })
  expect(findings[0]!.details[0]).toBe(way())
  expect(unseen.map(({ what }) => what)).toEqual(
    expect.arrayContaining(
      ['filesystems', 'extents', 'vmkernel', 'clock', 'device', 'paths', 'stats-1'].map(
        (what) => `ESXi esx-1: ${what}`,
      ),
    ),
  )
  expect(byName.diagnosis).toMatchObject({
    looked: false,
    findings: [{ code: 'could-not-look' }],
    offers: [],
  })
  expect(byName.diagnosis.findings[0]!.summary).toMatch(/^I could not look at `QA-lun-v7`: .*[^.]\.$/)
})

test('an ESXi that is gone: said at once', async () => {
  // connections outlive the sshd that let them in
  for (const pid of frozenEsxi.sshd.sessions()) signal(pid, 'SIGKILL')
  await frozenEsxi.sshd.end()
  const { diagnosis, tookMs } = await check(frozen, { target: 'QA-lun-v7', interval: '0' })
  expect(tookMs).toBeLessThan(10_000)
  expect(diagnosis).toMatchObject({ looked: false, findings: [{ code: 'could-not-look' }], offers: [] })
})

test('an esxcli that needs 40 s: ended at its limit and said by name; everything else is seen', async () => {
  const { diagnosis, tookMs } = await slow
  expect(tookMs).toBeLessThan(20_000)
  expect(diagnosis.findings[0]!.details[0]).toBe(`datastore \`QA-lun-v7\` → ${way()}`)
  expect(diagnosis.unseen).toContainEqual(
    expect.objectContaining({
      what: 'ESXi esx-1: paths',
      why: '`esxcli storage core path list -d` on `esx-1` took longer than 15 s',
    }),
  )
})

test('the red datastore: every hop is joined, down to the watcher of a client that is gone, and blocking it is offered', async () => {
  const { diagnosis } = await red
  const [first] = diagnosis.findings
  expect(first).toMatchObject({
    code: 'left-over-watcher-blocks',
    verdict: 'confirmed',
    severity: 'critical',
    summary:
      '`QA-lun-v7` stalls because a client that is gone still watches `rbd/vol7`, the image behind `disk12` of `node2`.',
  })
  expect(first!.details[0]).toBe(`datastore \`QA-lun-v7\` → ${way()}`)
  expect(first!.details.join()).toContain('4 failed commands more in ')
  const joined = JSON.stringify(diagnosis.facts.chain)
  expect(joined).toContain('the first eight bytes of its `t10_dev_id` `de3ff523-disk12` are this EUI')
  expect(joined).toContain('`esx-1` is logged in to it as `iqn.1998-01.com.vmware:esx-1-4c9f8e1d`')
  expect(joined).toContain('`/dev/rbd0` is this mapping in /sys/bus/rbd/devices/0')
  const lives = diagnosis.findings[1]!.details.find((line) => line.includes(living.address))
  expect(lives).toContain('`node2` has it mapped as `/dev/rbd0`. In use, leave it.')
  const blocks = diagnosis.offers.filter(({ remedy }) => remedy === 'blocklist')
  expect(blocks.map(({ params }) => params.address)).toEqual([dying.address])
})
