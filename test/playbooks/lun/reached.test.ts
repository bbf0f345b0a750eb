import { describe, expect, test } from 'vitest'
import { type Instead, look, prints, several } from './world.ts'

const fine = { exitCode: 0, stderr: '' }
const OTHER_IQN = 'iqn.2013-10.com.bigtera:wsg-2'
/** Another target has a device of the same name: SCST gives it the same identity. */
const namesake = (image: string, iqn = OTHER_IQN): Instead =>
  several(
    prints(
      'lun-scst@wsg-2',
      '/sys/kernel/scst_tgt/devices/disk12/filename:/dev/rbd3\n/sys/kernel/scst_tgt/devices/disk12/t10_dev_id:de3ff523-disk12\n',
      fine,
    ),
    prints(
      'lun-scst-luns@wsg-2',
      `/sys/kernel/scst_tgt/targets/iscsi/${iqn}/luns/0/device\t../../../../../devices/disk12\n`,
      fine,
    ),
    prints('lun-krbd@wsg-2', `/sys/bus/rbd/devices/3/pool:rbd\n/sys/bus/rbd/devices/3/name:${image}\n`, fine),
  )
const through = (iqn: string) =>
  prints('lun-paths', (own) => own.replaceAll('iqn.2013-10.com.bigtera:wsg-70-3', iqn))

const imageOf = ({ facts }: ReturnType<typeof look>['diagnosis']) =>
  (facts.chain as { hop: string; name: string }[]).find(({ hop }) => hop === 'image')?.name

describe('two targets whose devices are called the same', () => {
  test('ESXi means the one that its paths lead to', () => {
    const { diagnosis } = look({ instead: namesake('stranger') })
    expect(imageOf(diagnosis)).toBe('rbd/vol7')
    expect(diagnosis.findings[0]!.code).toBe('healthy')
    expect(JSON.stringify(diagnosis)).not.toContain('stranger')
  })
  test('the only one that is known is not taken for the one that ESXi reaches', () => {
    const { diagnosis } = look({ healthy: false, instead: through('iqn.2013-10.com.bigtera:elsewhere') })
    expect(imageOf(diagnosis)).toBeUndefined()
    expect((diagnosis.facts.breaks as { why: string }).why).toMatch(
      /`disk12` on `wsg-70-3` has this identity, and ESXi goes another way: through `iqn.2013-10.com.bigtera:elsewhere`/,
    )
    expect(diagnosis.offers.map(({ remedy }) => remedy)).not.toContain('blocklist')
    expect(diagnosis.findings.map(({ code }) => code)).not.toContain('left-over-watcher-blocks')
  })
  test('a pair that shows one image by two ways is one', () => {
    const twoWays = prints(
      'lun-paths',
      (own) => `${own}${own.replaceAll('iqn.2013-10.com.bigtera:wsg-70-3', OTHER_IQN)}`,
    )
    const { diagnosis } = look({ instead: several(namesake('vol7'), twoWays) })
    expect(imageOf(diagnosis)).toBe('rbd/vol7')
    expect((diagnosis.facts.targets as unknown[]).length).toBe(2)
  })
  test.each<[string, Instead]>([
    ['no path names a target', prints('lun-paths', (own) => own.replace(/.*(?:IQN=|,t,1).*\n/g, ''))],
    ['the paths were not seen', prints('lun-paths', '', { outcome: 'timed-out', reason: 'late' })],
    [
      'the LUNs of the target were not seen',
      prints('lun-scst-luns', '', { outcome: 'timed-out', reason: 'late' }),
    ],
    ['the initiator is written in other letters', through('IQN.2013-10.com.bigtera:WSG-70-3')],
  ])('the identity has to do where %s', (_, instead) => {
    expect(imageOf(look({ instead }).diagnosis)).toBe('rbd/vol7')
  })
  test('no look is given up again for what was seen later', () => {
    expect(look({ healthy: false, instead: through('iqn.x:y') }).shrank).toEqual([])
    expect(look({ instead: namesake('stranger') }).shrank).toEqual([])
  })
})
