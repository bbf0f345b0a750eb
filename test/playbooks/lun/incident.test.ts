import { describe, expect, test } from 'vitest'
import { approve, check, LEFT_OVER, lun, offerOf, openDemo, RED, takeBack } from './demo.ts'

const RESERVE = 'wsg-70-2: sg_raw /dev/disk/by-id/scsi-26465336666353233 16 00 00 00 00 00'
const RELEASE = RESERVE.replace(' 16 ', ' 17 ')

describe('the third seed, from the datastore to the watcher', () => {
  test('is one sentence and one picture, each hop joined by an identity', async () => {
    const { cluster } = openDemo()
    const diagnosis = await check(cluster)
    await cluster.close()
    const [first] = diagnosis.findings
    expect(first).toMatchObject({
      playbook: 'datastore',
      code: 'left-over-watcher-blocks',
      verdict: 'confirmed',
      severity: 'critical',
    })
    expect(first!.summary).toBe(
      '`QA-lun-v7` stalls because a client that is gone still watches `rbd/vol7`, the image behind `disk12` of `wsg-70-3`.',
    )
    expect(first!.details[0]).toBe(
      `datastore \`QA-lun-v7\` → \`${RED}\` → SCST \`disk12\` on \`wsg-70-3\` → \`rbd/vol7\` → \`rbd_header.7mjm6dk28jaj3\` → 2 watchers`,
    )
    const chain = diagnosis.facts.chain as {
      hop: string
      name: string
      joinedBy: string
      evidence: string[]
    }[]
    expect(chain.map(({ hop, name }) => `${hop} ${name}`)).toEqual([
      'datastore QA-lun-v7',
      `device ${RED}`,
      'target disk12',
      'image rbd/vol7',
      'header rbd_header.7mjm6dk28jaj3',
      'watchers 2',
    ])
    expect(chain[1]!.joinedBy).toContain('`de3ff523`')
    expect(chain[2]!.joinedBy).toContain('`t10_dev_id` `de3ff523-disk12`')
    expect(chain[2]!.joinedBy).toContain('logged in to it as `iqn.1998-01.com.vmware:esx-1-4c9f8e1d`')
    expect(chain[3]!.joinedBy).toContain('/sys/bus/rbd/devices/0')
    for (const { evidence } of chain) expect(evidence.length).toBeGreaterThan(0)
    expect(diagnosis.findings.find(({ playbook }) => playbook === 'watchers')).toMatchObject({
      code: 'left-over-watcher',
    })
    expect(diagnosis.offers.map(({ remedy }) => remedy)).toEqual(['blocklist', 'probe-reserve', 'scst-trace'])
    expect(diagnosis.unseen).toEqual([])
  })

  test.each([
    [{ target: RED }],
    [{ target: 'EUI.6465336666353233' }],
    [{ target: '/dev/sdd' }],
    [{ target: '/dev/sdd', on: 'wsg-70-2' }],
    [{ target: '/dev/disk/by-id/scsi-26465336666353233' }],
    [{ target: 'disk12' }],
  ])('is found from the LUN, too: %o', async (args) => {
    const { cluster } = openDemo()
    const diagnosis = await check(cluster, lun, args)
    await cluster.close()
    expect(diagnosis.findings[0]).toMatchObject({ playbook: 'lun', code: 'left-over-watcher-blocks' })
    expect(diagnosis.findings[0]!.summary).toContain('`QA-lun-v7`')
  })

  test('the other EUI of the seed decodes to its id, its old message is history, and its disk is no image', async () => {
    const { cluster } = openDemo(undefined, 20)
    const diagnosis = await check(cluster, lun, { target: 'eui.3939303832313261', interval: '5' })
    await cluster.close()
    expect(diagnosis.facts.luns).toEqual([{ name: 'eui.3939303832313261', decoded: '9908212a' }])
    expect(diagnosis.findings[0]).toMatchObject({
      code: 'nothing-wrong-seen',
      verdict: 'inconclusive',
      severity: 'info',
    })
    expect(diagnosis.findings[0]!.details.join('\n')).toContain('history')
    expect(diagnosis.findings[0]!.details.join('\n')).toContain('lsblk -s /dev/mapper/vg0-lun11')
    expect(diagnosis.offers).toEqual([])
  })

  test('approved, the block ends it: RESERVE is answered, and the counter of ESXi grows no more', async () => {
    const { cluster, commands } = openDemo()
    const before = await check(cluster)
    const stalled = await approve(cluster, offerOf(before.offers, 'probe-reserve'))
    expect(stalled).toMatchObject({ state: 'failed', asked: ['take back now'] })
    expect(stalled.said.at(-1)).toContain('no answer from the target')
    const again = await check(cluster)
    const blocked = await approve(cluster, offerOf(again.offers, 'blocklist'))
    expect(blocked.state, blocked.now).toBe('done')
    expect(commands.filter((each) => / blacklist (?:add|rm) /.test(each))).toEqual([
      `node1: ceph --connect-timeout 5 osd blacklist add ${LEFT_OVER} 3600`,
      `node1: ceph --connect-timeout 5 osd blacklist rm ${LEFT_OVER}`,
    ])
    const tried = await approve(cluster, offerOf(before.offers, 'probe-reserve'))
    expect(tried).toMatchObject({ state: 'done', asked: ['nothing left'] })
    expect(tried.said).toEqual([
      'looked again: unchanged',
      'RESERVE(6): good, in 30 ms',
      'RELEASE(6): good, in 79 ms',
      'the LUN answers',
    ])
    const after = await check(cluster)
    await cluster.close()
    const [device] = after.facts.devices as { failedBetweenLooks: string }[]
    expect(device!.failedBetweenLooks).toBe('0')
    expect((before.facts.devices as { failedBetweenLooks: string }[])[0]!.failedBetweenLooks).not.toBe('0')
    expect(after.findings.map(({ code }) => code)).not.toContain('left-over-watcher-blocks')
    expect(after.offers.map(({ remedy }) => remedy)).not.toContain('blocklist')
  })
})

describe('probe-reserve', () => {
  test('is on record, with what releases it, before RESERVE is sent', async () => {
    const { cluster, commands } = openDemo()
    const { offers } = await check(cluster)
    const ended = await approve(cluster, offerOf(offers, 'probe-reserve'))
    const [held] = ended.held
    expect(held!.left).toEqual({ host: 'wsg-70-2', device: '/dev/disk/by-id/scsi-26465336666353233' })
    expect(commands.filter((each) => / sg_raw /.test(each))).toEqual([RESERVE])
    expect(await takeBack(cluster, 'probe-reserve', held!.left)).toEqual(['RELEASE(6): good, in 79 ms'])
    // once more, when there is nothing to take back
    expect(await takeBack(cluster, 'probe-reserve', held!.left)).toEqual(['RELEASE(6): good, in 79 ms'])
    await cluster.close()
    expect(commands.filter((each) => / sg_raw /.test(each))).toEqual([RESERVE, RELEASE, RELEASE])
  })

  test.each([
    [
      'a key was registered since',
      (command: string) =>
        command.includes('--read-full-status')
          ? {
              stdout:
                'PR generation=0x1\n  Key=0x1\n    All target ports bit clear\n    not reservation holder\n',
            }
          : undefined,
    ],
    [
      'the disk is another one since',
      (command: string) =>
        command.startsWith('find /dev/disk') ? { stdout: 'scsi-26465336666353233\t../../sdq\n' } : undefined,
    ],
    [
      'the disk is gone',
      (command: string) => (command.startsWith('find /dev/disk') ? { stdout: '' } : undefined),
    ],
  ])('refuses, and sends nothing, when %s', async (_, twist) => {
    let approved = false
    const { cluster, commands } = openDemo((command) => (approved ? twist(command) : undefined))
    const { offers } = await check(cluster)
    approved = true
    const ended = await approve(cluster, offerOf(offers, 'probe-reserve'))
    await cluster.close()
    expect(ended).toMatchObject({ state: 'refused', undone: 'Nothing was touched.', held: [] })
    expect(commands.filter((each) => / sg_raw /.test(each))).toEqual([])
  })

  test('says that another initiator holds it, when RESERVE is refused', async () => {
    const { cluster } = openDemo((command) =>
      / 16 00/.test(command) ? { exitCode: 24, stderr: 'SCSI Status: Reservation Conflict \n' } : undefined,
    )
    const { offers } = await check(cluster)
    const ended = await approve(cluster, offerOf(offers, 'probe-reserve'))
    await cluster.close()
    expect(ended.said.at(-1)).toContain('RESERVATION CONFLICT: another initiator holds it')
  })
})

describe('scst-trace', () => {
  const offerText = async (args: Record<string, string>) => {
    const { cluster, commands } = openDemo()
    const { offers } = await check(cluster, undefined, args)
    return { cluster, commands, offer: offerOf(offers, 'scst-trace') }
  }

  test('switches on what was off, is kept for its minutes, and restores exactly what was so', async () => {
    const { cluster, commands, offer } = await offerText({ target: 'QA-lun-v7', trace: '10' })
    const ended = await approve(cluster, offer, undefined, { target: 'QA-lun-v7', trace: '10' })
    expect(ended.state, ended.said.join('\n')).toBe('done')
    expect(ended.asked).toEqual(['keep'])
    expect(ended.said).toContain('trace level: added scsi, pr')
    const on = await check(cluster)
    // a session that has reserved is told by the trace
    expect(on.findings[0]!.details.join('\n')).toContain('reserved 44 s ago by session `ffff88011c870000`')
    expect(on.offers.map(({ remedy }) => remedy)).not.toContain('scst-trace')
    const said = await takeBack(cluster, 'scst-trace', ended.held[0]!.left)
    expect(said.at(-1)).toBe(
      'it is out_of_mem | minor | pid | line | function | special | mgmt | retry again',
    )
    expect(await takeBack(cluster, 'scst-trace', ended.held[0]!.left)).toEqual(said)
    const off = await check(cluster)
    await cluster.close()
    expect(offerOf(off.offers, 'scst-trace').basis).toBe(offer.basis)
    // only SCST's own switches were written
    const written = commands.filter((each) => each.includes(': perl -e'))
    expect(written.length).toBe(6)
    for (const each of written)
      expect(each).toMatch(
        /-- \/sys\/kernel\/(?:debug\/dynamic_debug\/control|scst_tgt\/trace_level) (?:file|add|del) /,
      )
  })

  test('leaves alone what was on before', async () => {
    const { cluster } = openDemo((command, own) =>
      command.includes('trace_level') && command.startsWith('cat')
        ? { ...own, stdout: own!.stdout!.replace('special', 'special | scsi') }
        : undefined,
    )
    const { offers } = await check(cluster)
    const ended = await approve(cluster, offerOf(offers, 'scst-trace'))
    await cluster.close()
    expect(ended.held[0]!.left.tokens).toBe('pr')
  })

  test('refuses when somebody turned the switches since', async () => {
    let approved = false
    const { cluster, commands } = openDemo((command, own) =>
      approved && command.startsWith('cat /sys/kernel/scst_tgt')
        ? { ...own, stdout: own!.stdout!.replace('minor', 'minor | scsi') }
        : undefined,
    )
    const { offers } = await check(cluster)
    approved = true
    const ended = await approve(cluster, offerOf(offers, 'scst-trace'))
    await cluster.close()
    expect(ended.state).toBe('refused')
    expect(commands.filter((each) => each.includes(': perl'))).toEqual([])
  })

  test('takes nothing from a record that is not SCST’s', async () => {
    const { takeBack: back } = (await import('./demo.ts')).datastore.remedies['scst-trace']!
    const good = { host: 'wsg-70-3', sites: '/usr/src/scst_priv.h:536 scst_reserve_dev =', tokens: 'scsi' }
    expect(back!.left.safeParse(good).success).toBe(true)
    for (const bad of [
      { ...good, sites: '/a:1 do_exit =p' },
      { ...good, sites: 'x' },
      { ...good, tokens: 'all' },
      { ...good, more: '1' },
    ])
      expect(back!.left.safeParse(bad).success).toBe(false)
  })
})

describe('the block, asked for through the chain', () => {
  test('is refused when another image stands behind the LUN since', async () => {
    let approved = false
    const { cluster, commands } = openDemo((command, own, host) =>
      approved && host === 'wsg-70-3' && command.includes('-name pool_ns')
        ? { stdout: own!.stdout!.replace('vol7', 'vol8') }
        : undefined,
    )
    const { offers } = await check(cluster)
    approved = true
    const ended = await approve(cluster, offerOf(offers, 'blocklist'))
    await cluster.close()
    expect(ended.state).toBe('refused')
    expect(commands.filter((each) => each.includes('blacklist add'))).toEqual([])
  })
})
