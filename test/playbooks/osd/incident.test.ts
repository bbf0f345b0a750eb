import { expect, test } from 'vitest'
import { runCheck } from '../../../jobs/check.ts'
import { osd } from '../../../playbooks/osd/index.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import { approve } from './approve.ts'
import { check, checkAll, codes, incident } from './stand.ts'

test('the incident: up, but deaf to clients, with cause, effect and a way out', async () => {
  const { looked, findings, offers, next, unseen } = await check('4')
  expect(looked).toBe(true)
  expect(findings[0]).toMatchObject({ code: 'deaf-osd', verdict: 'confirmed', severity: 'critical' })
  expect(findings[0]!.summary).toBe(
    '`osd.4` on `stor-22` is up, but deaf on its public address: nobody can open a new connection there, because it ran out of descriptors and gave up listening.',
  )
  const details = findings[0]!.details.join('\n')
  expect(details).toContain('about one in 6')
  expect(details).toContain('not in LISTEN; refused from `stor-22`, `mon-21`, `stor-21`')
  expect(details).toContain('5 failing accepts, errno 24, its own limit')
  expect(details).toContain('LimitNOFILE=1048576')
  expect(offers.map(({ remedy, approvals }) => [remedy, approvals])).toEqual([['restart-osd', 1]])
  expect(offers[0]!.commands).toEqual(['[stor-22] systemctl restart ceph-osd@4.service'])
  expect(offers[0]!.touches).toContain('`check osds` first')
  expect(next.map(({ command }) => command)).toEqual(['check osds'])
  expect(unseen).toEqual([])
})

test('all at once: names the deaf one and the one that is near its limit, and offers nothing', async () => {
  const diagnosis = await checkAll()
  expect(codes(diagnosis)).toEqual(['deaf-osds', 'near-fd-limit'])
  expect(diagnosis.findings.map(({ summary }) => summary)).toEqual([
    '1 of 6 OSDs is up, but deaf: `osd.4`.',
    'One OSD is near its limit on open files: `osd.7`.',
  ])
  expect(diagnosis.offers).toEqual([])
  expect(diagnosis.next.map(({ command }) => command)).toEqual(['check osd 4', 'check osd 7'])
})

test('an OSD of the same cluster that is well is said to be well', async () => {
  const { findings, offers } = await check('0')
  expect(findings).toMatchObject([{ code: 'listens', verdict: 'ruled-out', severity: 'ok' }])
  expect(offers).toEqual([])
})

test('the restart asks Ceph once more, acts once, and proves that it hears', async () => {
  const cluster = incident()
  const args = { target: '4' }
  const { result } = await runCheck({ playbook: osd as Playbook, args, cluster })
  const journal: string[] = []
  const done = await approve(cluster, '4', result.diagnosis.offers[0]!, journal)
  expect(done.lines.map(({ text }) => text)).toEqual([
    'looked again: unchanged',
    'Ceph says that `osd.4` may stop',
    'restarted `osd.4` on `stor-22`',
    'up in the OSD map, as a new process',
    'listens on 4 sockets',
    'answers a new connection',
    'all 87 PGs are active',
  ])
  expect(done.state).toBe('done')
  expect(journal.filter((line) => line.startsWith('about-to'))).toEqual([
    'about-to systemctl restart ceph-osd@4.service',
  ])
  const again = await runCheck({ playbook: osd as Playbook, args, cluster })
  expect(codes(again.result.diagnosis)).toEqual(['listens'])
})

test('does nothing when it was restarted by somebody else meanwhile', async () => {
  const cluster = incident()
  const { result } = await runCheck({ playbook: osd as Playbook, args: { target: '4' }, cluster })
  const offer = result.diagnosis.offers[0]!
  await approve(cluster, '4', offer)
  const journal: string[] = []
  expect(await approve(cluster, '4', offer, journal)).toMatchObject({
    state: 'refused',
    undone: 'Nothing was touched.',
  })
  expect(journal).toEqual([])
})

test('does nothing when Ceph no longer lets it stop', async () => {
  let asked = 0
  const cluster = incident((_, argv) => {
    if (argv.includes('ok-to-stop')) asked += 1
    if (!argv.includes('ok-to-stop') || asked <= 2) return undefined
    return {
      stderr:
        'Error EBUSY: 3 PGs are already too degraded, would become too degraded or might become unavailable\n',
      exitCode: 16,
    }
  })
  const { result } = await runCheck({ playbook: osd as Playbook, args: { target: '4' }, cluster })
  const journal: string[] = []
  const stopped = await approve(cluster, '4', result.diagnosis.offers[0]!, journal)
  expect(stopped).toMatchObject({ state: 'failed', now: '`osd.4` was not touched; it is deaf as before.' })
  expect(stopped.lines.at(-1)!.text).toContain('3 PGs are already too degraded')
  expect(journal.filter((line) => line.startsWith('about-to'))).toEqual([])
})

test('raising the limit says what it was, proves what it is, and offers the way back', async () => {
  const limits = new Map([['2249', '4096']])
  const cluster = incident((_, argv, own) => {
    if (argv[0] === 'prlimit') {
      limits.set(argv[2]!, argv[3]!.replace(/\D/g, ''))
      return {}
    }
    if (argv[0] !== 'grep' || argv[2] !== '^Max open files') return undefined
    return {
      ...own,
      stdout: own!.stdout!.replace(/(2249\/limits:Max open files +)4096/, `$1${limits.get('2249')}`),
    }
  })
  const { result } = await runCheck({ playbook: osd as Playbook, args: { target: '7' }, cluster })
  const offer = result.diagnosis.offers[0]!
  expect(offer).toMatchObject({
    remedy: 'raise-nofile',
    commands: ['[stor-23] prlimit --pid 2249 --nofile=131072:'],
  })
  const done = await approve(cluster, '7', offer)
  expect(done).toMatchObject({ state: 'done' })
  expect(limits.get('2249')).toBe('131072')
  const back = done.offers[0]!
  expect(back).toMatchObject({ approvals: 2, commands: ['[stor-23] prlimit --pid 2249 --nofile=4096:'] })
  expect(await approve(cluster, '7', back)).toMatchObject({ state: 'done' })
  expect(limits.get('2249')).toBe('4096')
})

test('raises no limit when the process is not certain to be the OSD any more', async () => {
  let certain = true
  const cluster = incident((host, argv, own) =>
    certain
      ? undefined
      : argv.includes('dump') && argv.includes('osd')
        ? { ...own, stdout: own!.stdout!.replaceAll('/2249"', '/3062468253"') }
        : host === 'stor-23' && argv[0] === 'ss'
          ? 'unknown'
          : undefined,
  )
  const { result } = await runCheck({ playbook: osd as Playbook, args: { target: '7' }, cluster })
  certain = false
  expect(await approve(cluster, '7', result.diagnosis.offers[0]!)).toMatchObject({
    ...{ state: 'refused', undone: 'Nothing was touched.' },
  })
})
