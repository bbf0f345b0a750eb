import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  asInLocks,
  type Device,
  deviceFromDecimal,
  deviceFromLocks,
  deviceFromStat,
  statNumber,
} from '../../../../playbooks/shared/linux/device.ts'

// glibc's dev_t: 32 bits of major; Linux uses 12 and 20
const device = fc
  .tuple(fc.integer({ min: 0, max: 0xfff }), fc.integer({ min: 0, max: 0xfffff }))
  .map(([major, minor]): Device => `${BigInt(major)}:${BigInt(minor)}`)

test('reads the four spellings of one device as the same device', () => {
  // stat -c %D, /proc/locks, mountinfo and lsof of one file on Debian 12 (Linux 6.18)
  for (const read of [
    deviceFromStat('fe00'),
    deviceFromLocks('fe:00'),
    deviceFromDecimal('254:0'),
    deviceFromDecimal('254,0'),
  ])
    expect(read).toBe('254:0')
  expect(deviceFromLocks('00:14')).toBe(deviceFromDecimal('0,20'))
})

test('every device survives the ways in which programs write it', () => {
  fc.assert(
    fc.property(device, (each) => {
      expect(deviceFromLocks(asInLocks(each))).toBe(each)
      expect(deviceFromStat(BigInt(statNumber(each)).toString(16))).toBe(each)
      expect(deviceFromDecimal(each)).toBe(each)
    }),
  )
})

test('says that what is no device is none', () => {
  for (const text of ['', '00', '0:', ':1', 'fe:0g', '1:2:3', '-1:2']) {
    expect(deviceFromLocks(text)).toBeUndefined()
    expect(deviceFromDecimal(text)).toBeUndefined()
  }
  expect(deviceFromStat('0xfe00')).toBeUndefined()
})
