import { describe, expect, test } from 'vitest'
import { replayRecording, runCheck } from '../../../jobs/check.ts'
import { fastClock } from '../../../jobs/clock.ts'
import type { Mandate } from '../../../jobs/contracts.ts'
import { openCluster } from '../../../jobs/hosts/cluster.ts'
import { runRemedy } from '../../../jobs/remedy.ts'
import { lustre } from '../../../playbooks/lustre/index.ts'
import { configLockNotGranted } from '../../../playbooks/lustre/scenario.ts'
import type { Offer } from '../../../playbooks/shared/finding.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import type { Reply, Scenario } from '../../../playbooks/shared/scenario.ts'

const playbook = lustre as Playbook

function open(
  change: (host: string, line: string, reply: Reply | undefined) => Reply | undefined = (_h, _l, reply) =>
    reply,
) {
  const scenario: Scenario = {
    ...(configLockNotGranted as Scenario),
    answer: (state, host, argv, now) => {
      const answer = configLockNotGranted.answer(state as never, host, argv, now)
      const reply = change(host, argv.join(' '), answer?.reply)
      return reply && { state: answer?.state ?? state, reply }
    },
  }
  const hosts = scenario.hosts.map((host) => ({ ...host, transport: 'replay' as const }))
  return openCluster({ name: 'demo', hosts, scenarios: [scenario], clock: fastClock(200) })
}

const check = (target: string, cluster: ReturnType<typeof open>) =>
  runCheck({ playbook, args: { target }, cluster })

function mandate(offer: Offer): Mandate {
  return {
    approvalId: 'approval-1',
    checkId: 'check-1',
    cluster: 'demo',
    playbook: 'lustre',
    args: { target: 'archive' },
    remedy: offer.remedy,
    params: offer.params,
    basis: offer.basis,
    requestedBy: 'lin',
    approvedBy: [{ user: 'mei', at: Date.now() }],
    approvals: 1,
    deadline: Date.now() + 60_000,
  }
}

async function retry(cluster: ReturnType<typeof open>, offer: Offer) {
  const did: string[] = []
  const result = await runRemedy({
    playbook,
    mandate: mandate(offer),
    cluster,
    journal: async (action, detail) => void did.push(`${action} ${detail.argv ?? detail.why ?? ''}`.trim()),
  })
  return { result, did }
}

describe('the incident', () => {
  test.each([
    ['shlfs', 'config-lock-not-granted'],
    ['scratch', 'healthy'],
    ['archive', 'mount-failed-before'],
    ['shlf', 'wrong-name'],
  ])('check lustre %s: %s, nothing unseen, the same from its recording', async (target, code) => {
    const cluster = open()
    const { result, recording } = await check(target, cluster)
    await cluster.close()
    expect(result.diagnosis.findings[0]!.code).toBe(code)
    expect(result.diagnosis.unseen).toEqual([])
    expect(replayRecording(playbook, recording).diagnosis).toEqual(result.diagnosis)
  })
})

describe('retry-mount', () => {
  test('mounts once, proves it, and says how to take it back; afterwards all is well', async () => {
    const cluster = open()
    const [offer] = (await check('archive', cluster)).result.diagnosis.offers
    const { result, did } = await retry(cluster, offer!)
    expect(result).toMatchObject({ state: 'done', next: expect.stringContaining('umount /mnt/archive') })
    expect(did).toEqual(['about-to mount /mnt/archive', 'did'])
    const after = (await check('archive', cluster)).result.diagnosis
    await cluster.close()
    expect(after.findings[0]!.code).toBe('healthy')
    expect(after.offers).toEqual([])
  })

  test('does nothing when somebody mounted it meanwhile', async () => {
    const cluster = open()
    const [offer] = (await check('archive', cluster)).result.diagnosis.offers
    await cluster.run({
      id: 'by-hand',
      host: 'host-31',
      argv: ['mount', '/mnt/archive'],
      limitMs: 5_000,
      touches: 'x',
    })
    const { result, did } = await retry(cluster, offer!)
    await cluster.close()
    expect(result.state).toBe('refused')
    expect(did).toEqual([])
  })

  test('does nothing when the MGS went away meanwhile', async () => {
    let gone = false
    const cluster = open((host, line, reply) =>
      gone && host === 'mgs-202' && line === 'lctl dl' ? { stdout: '' } : reply,
    )
    const [offer] = (await check('archive', cluster)).result.diagnosis.offers
    gone = true
    const { result, did } = await retry(cluster, offer!)
    await cluster.close()
    expect(result).toMatchObject({ state: 'refused', undone: 'Nothing was touched.' })
    expect(did).toEqual([])
  })

  test.each<[string, Reply]>([
    [
      'fails',
      {
        stderr:
          'mount.lustre: mount 10.1.0.202@o2ib:/archive at /mnt/archive failed: Input/output error\nIs the MGS running?\n',
        exitCode: 5,
      },
    ],
    ['hangs', { tookMs: 600_000 }],
    ['says that it worked and did not', {}],
  ])('a mount that %s is not repeated, and not called done', async (_, reply) => {
    const cluster = open((_host, line, answer) =>
      line === 'mount /mnt/archive'
        ? reply
        : line.startsWith('cat /proc/self')
          ? { ...answer, stdout: answer!.stdout!.replace(/.*archive.*\n/, '') }
          : answer,
    )
    const [offer] = (await check('archive', cluster)).result.diagnosis.offers
    const { result, did } = await retry(cluster, offer!)
    await cluster.close()
    expect(result).toMatchObject({
      state: 'failed',
      undone: 'Nothing was undone.',
      now: expect.stringContaining('not certain'),
    })
    expect(did.filter((each) => each.startsWith('about-to'))).toHaveLength(1)
  })

  test('a mount whose servers do not connect is said as it is', async () => {
    const cluster = open((_host, line, answer) =>
      line.startsWith('lctl get_param mgc')
        ? {
            ...answer,
            stdout: answer!.stdout!.replace(/(target: archive-OST0001_UUID\n\s+state: )FULL/, '$1DISCONN'),
          }
        : answer,
    )
    const [offer] = (await check('archive', cluster)).result.diagnosis.offers
    const { result } = await retry(cluster, offer!)
    await cluster.close()
    expect(result).toMatchObject({
      state: 'failed',
      now: expect.stringContaining('not all its servers are connected'),
    })
  })
})
