import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRedisUrl } from '../../../jobs/redis/url.ts'

describe('a Redis URL', () => {
  it.each([
    ['redis://queue', { host: 'queue', port: 6379 }, 'redis://queue:6379/0'],
    ['redis://queue:7000/2', { host: 'queue', port: 7000, db: 2 }, 'redis://queue:7000/2'],
    ['rediss://app:s3@queue', { username: 'app', password: 's3', tls: {} }, 'rediss://queue:6379/0'],
    [
      'redis://:s3@[fd00::1]:6380',
      { password: 's3', host: 'fd00::1', port: 6380 },
      'redis://[fd00::1]:6380/0',
    ],
    ['redis://app:p%40ss@queue', { password: 'p@ss' }, 'redis://queue:6379/0'],
    ['redis://app:p@s/s?#%@queue:1', { password: 'p@s/s?#%', host: 'queue', port: 1 }, 'redis://queue:1/0'],
    ['unix:///run/redis.sock?db=3', { path: '/run/redis.sock', db: 3 }, 'unix:///run/redis.sock?db=3'],
    [
      'redis+socket:///run/redis.sock?password=s3',
      { path: '/run/redis.sock', password: 's3' },
      'unix:///run/redis.sock',
    ],
  ])('%s names one server', (url, options, label) => {
    const target = parseRedisUrl(url)
    expect(target).toMatchObject({ kind: 'single', options, label })
  })

  it('names sentinels, their master and both passwords', () => {
    const url = 'sentinel://:s3@a:26379,b/unwedge?sentinelPassword=s4&db=1'
    expect(parseRedisUrl(url)).toMatchObject({
      kind: 'sentinel',
      options: {
        sentinels: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 26379 },
        ],
        name: 'unwedge',
        password: 's3',
        sentinelPassword: 's4',
        db: 1,
      },
      label: 'sentinel://a:26379,b:26379/unwedge',
    })
  })

  it('names the nodes of a cluster', () => {
    expect(parseRedisUrl('cluster://app:s3@a:7001,[::1]:7002?tls=true')).toMatchObject({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 7001 },
        { host: '::1', port: 7002 },
      ],
      options: { username: 'app', password: 's3', tls: {} },
      label: 'cluster://a:7001,[::1]:7002',
    })
  })

  it.each([
    ['', /no scheme/],
    ['queue:6379', /no scheme/],
    ['http://queue', /"http" is not a scheme/],
    ['redis://', /malformed/],
    ['redis://queue:99999', /malformed/],
    ['redis://a,b', /more than one host/],
    ['redis://queue/zero', /database has to be a number/],
    ['unix://run/redis.sock', /absolute/],
    ['sentinel://a,b', /name of the master/],
    ['cluster://a,b?db=2', /only database 0/],
  ])('is refused when it is "%s", with the forms that are right', (url, why) => {
    expect(() => parseRedisUrl(url)).toThrow(why)
    expect(() => parseRedisUrl(url)).toThrow(/unix:\/\/\/path\/redis\.sock/)
  })

  it('never shows its password: not in its label, not in what it says when it is refused', () => {
    const passwords = fc.string({ minLength: 6 }).filter((text) => !/\s|^[\w.:-]*$/.test(text))
    const shapes = fc.constantFrom(
      'redis://u:PW@h',
      'redis://u:PW@h:x',
      'cluster://u:PW@',
      'sentinel://:PW@h,h',
    )
    fc.assert(
      fc.property(passwords, shapes, (password, shape) => {
        const url = shape.replace('PW', () => password)
        try {
          expect(parseRedisUrl(url).label).not.toContain(password)
        } catch (error) {
          expect(String((error as Error).stack)).not.toContain(password)
        }
      }),
    )
  })
})
