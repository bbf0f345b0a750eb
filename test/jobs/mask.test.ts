import { describe, expect, it } from 'vitest'
import { mask, maskDeep } from '../../jobs/mask.ts'

const cephKey = 'AQDSNm9mAAAAABAAq0x3vYkYq2nVtqXb5t0Q9A=='

describe('mask', () => {
  it.each([
    ['a Slack bot token', 'token xoxb-123456789012-abcDEF end', 'token xoxb-*** end'],
    ['a rotated Slack token', 'xoxe.xoxp-1-Mi0yLTEyMw', 'xoxe.xoxp-***'],
    ['a Slack app token', '"xapp-1-A012-34-abcdef"', '"xapp-***"'],
    ['a webhook', 'https://hooks.slack.com/services/T0/B0/abc done', 'https://hooks.slack.com/*** done'],
    ['a Ceph key', `key = ${cephKey}\n`, 'key = AQ***\n'],
    ['a password in a URL', 'redis://app:s3cret@h:6379/0', 'redis://app:***@h:6379/0'],
    ['a password without a user', 'rediss://:s3cret@h', 'rediss://:***@h'],
    ['a password with @ and /', 'redis://app:p@ss/w@h:1', 'redis://app:***@h:1'],
    [
      'a password in a query',
      'unix:///r.sock?db=1&password=s3cret&x=1',
      'unix:///r.sock?db=1&password=***&x=1',
    ],
    ['a sentinel password', 's://h/m?sentinelPassword=abc', 's://h/m?sentinelPassword=***'],
    [
      'a private key',
      '-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----',
      /^-----BEGIN PRIVATE KEY-----\*\*\*/,
    ],
  ])('hides %s', (_what, text, expected) => {
    expect(mask(text)).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected))
  })

  it.each([
    '1.1.2.1:0/1193546917',
    'rbd_header.7mjm6dk28jaj3',
    'http://node1:9283/metrics',
    'redis://h:6379/0',
    'sha256 5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9',
    'lin@example.org asked',
  ])('leaves %s alone', (text) => {
    expect(mask(text)).toBe(text)
  })

  it('changes nothing more when it is applied again', () => {
    const once = mask(`redis://u:p@h xoxb-1-2 ${cephKey} ?password=1`)
    expect(mask(once)).toBe(once)
  })

  it('reaches every text in a value, and keeps the rest', () => {
    expect(maskDeep({ a: ['xoxb-1-abc', 1, null], b: { c: cephKey, d: true } })).toEqual({
      a: ['xoxb-***', 1, null],
      b: { c: 'AQ***', d: true },
    })
  })
})
