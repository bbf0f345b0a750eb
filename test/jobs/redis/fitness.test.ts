import { describe, expect, it } from 'vitest'
import { judgeInfo } from '../../../jobs/redis/fitness.ts'

/** From `INFO` of redis-server 7.0.15, cut down by hand. */
const info = (fields: Record<string, string> = {}) =>
  Object.entries({
    redis_version: '7.0.15',
    maxmemory: '0',
    maxmemory_policy: 'noeviction',
    aof_enabled: '1',
    ...fields,
  })
    .map(([key, value]) => `${key}:${value}\r\n`)
    .join('')

describe('what a Redis says about itself', () => {
  it('is fine with 6.2 or newer, noeviction and an append-only file', () => {
    expect(judgeInfo(info(), 'r')).toEqual({ version: '7.0.15', durable: true, warnings: [] })
    expect(judgeInfo(info({ redis_version: '6.2.0' }), 'r').warnings).toEqual([])
    expect(judgeInfo(info({ redis_version: '10.0.1' }), 'r').warnings).toEqual([])
  })

  it.each(['6.0.16', '5.0.14', '2.8', 'unknown'])('is refused with version %s', (redis_version) => {
    expect(() => judgeInfo(info({ redis_version }), 'r')).toThrow(/at least 6\.2 is needed/)
  })

  it('is refused when it would drop keys, with what to set', () => {
    const evicting = info({ maxmemory: '1000000', maxmemory_policy: 'volatile-lru' })
    expect(() => judgeInfo(evicting, 'r')).toThrow(/\(volatile-lru\)\. Set "maxmemory-policy noeviction"/)
  })

  it('is warned about an eviction policy that has no limit to act on yet', () => {
    const { warnings } = judgeInfo(info({ maxmemory_policy: 'allkeys-lru' }), 'r')
    expect(warnings).toEqual([expect.stringContaining('CONFIG SET maxmemory-policy noeviction')])
  })

  it('counts as not durable without an append-only file, and is warned about it', () => {
    expect(judgeInfo(info({ aof_enabled: '0' }), 'r')).toMatchObject({
      durable: false,
      warnings: [expect.stringContaining('Set "appendonly yes"')],
    })
  })
})
