import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { replayRecording, runCheck } from '../../jobs/check.ts'
import { realClock } from '../../jobs/clock.ts'
import type { Cluster } from '../../jobs/hosts/cluster.ts'
import { mask, maskDeep } from '../../jobs/mask.ts'
import type { Playbook } from '../../playbooks/shared/playbook.ts'

const cephKey = 'AQDSNm9mAAAAABAAq0x3vYkYq2nVtqXb5t0Q9A=='

describe('mask', () => {
  it.each([
    ['a Slack bot token', 'token xoxb-123456789012-abcDEF end', 'token xoxb-*** end'],
    ['a rotated Slack token', 'xoxe.xoxp-1-Mi0yLTEyMw', 'xoxe.xoxp-***'],
    ['a Slack app token', '"xapp-1-A012-34-abcdef"', '"xapp-***"'],
    ['a webhook', 'https://hooks.slack.com/services/T0/B0/abc done', 'https://hooks.slack.com/*** done'],
    ['a Ceph key that was cut', `rados --key ${cephKey.slice(0, 20)}…`, 'rados --key AQ***…'],
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
    ['a Ceph key that was cut', '\tkey = AQDSNm9mAAAA', '\tkey = AQ***'],
    ['a Ceph key in JSON', `"key": "${cephKey}"`, '"key": "AQ***"'],
    ['a secret of mount.ceph', `name=admin,secret=${cephKey}`, /^name=admin,secret=(AQ)?\*\*\*$/],
    ['a CHAP password', 'node.session.auth.password = s3cret', 'node.session.auth.password = ***'],
    [
      'a CHAP password of the target',
      'node.session.auth.password_in=s3cret',
      'node.session.auth.password_in=***',
    ],
    ['a CHAP user of SCST', 'IncomingUser "joe 12charsecret"', 'IncomingUser "joe ***"'],
    ['a password in YAML', 'password: s3cret', 'password: ***'],
    ['a key of the object gateway', '"secret_key": "abc/def",', '"secret_key": "***",'],
    ['an Authorization header', '> Authorization: Basic YWRtaW46eA==', '> Authorization: Basic ***'],
    [
      'a bearer token',
      'curl -H "Authorization: Bearer abcdefghijklmnop1234"',
      'curl -H "Authorization: Bearer ***"',
    ],
    ['a bearer token alone', 'bearer abcdefghijklmnop1234', 'bearer ***'],
    ['a web token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.abc_def', 'eyJ***'],
    [
      'a private key whose end is cut off, and nothing behind it',
      '-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAmaskmaskmask\nosd.4 is down',
      '-----BEGIN RSA PRIVATE KEY-----***\n\nosd.4 is down',
    ],
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
    'watcher=1.1.2.1:0/1193546917 client.4123 cookie=18446462598732840961',
    'rbd_secret_uuid = 457eb676-33da-42ec-9a8c-9293d545c337',
    'PR generation=0x2, 1 registered reservation key follows: 0x123abc',
    'Key=0x123abc',
    'eui.6465336666353233 iqn.1993-08.org.debian:01:6997c6813639',
    'res: [0x73666c6873:0x0:0x0].0x0 remote: 0xa68b3e19634974ca',
    'QAQA1234567890abcdefghij a file key (4) of the directory',
    'key (4 bytes): id_7mjm6dk28jaj3',
  ])('leaves %s alone', (text) => {
    expect(mask(text)).toBe(text)
  })

  it('keeps the number of lines', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nMC4C\nAAAA\n-----END PRIVATE KEY-----\nend'
    expect(mask(key).split('\n')).toHaveLength(5)
    expect(mask(key)).not.toMatch(/MC4C|AAAA/)
  })

  it('reads a line of 5 MB in a moment', () => {
    const started = performance.now()
    for (const piece of [
      'a.',
      'a://x:',
      'password',
      '-----BEGIN PRIVATE KEY-----\n',
      'key=',
      'AQ',
      'eyJaaaaaaaaaa.',
      'bearer ',
      '"token":"',
      ' ',
    ])
      mask(piece.repeat(Math.floor(5_000_000 / piece.length)))
    expect(performance.now() - started).toBeLessThan(20_000)
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

describe('what a check says', () => {
  const words = `process 7 (rados --id unwedge --key ${cephKey} ls)`
  const offer = {
    ...{ remedy: 'end', params: { command: words }, basis: words, typed: words, approvals: 1 as const },
    ...{
      label: `${'x'.repeat(49)} password=a`,
      plan: words,
      commands: [words],
      touches: words,
      because: words,
    },
  }
  const playbook: Playbook = {
    ...{ name: 'sample', title: 'sample', usage: { target: '<name>', options: {}, examples: [] } },
    ...{ args: z.strictObject({}), subject: () => 'sample', probes: () => [], remedies: {} },
    diagnose: () => ({
      ...{ looked: true, facts: { holder: [words] }, offers: [offer] },
      findings: [
        {
          ...{ playbook: 'sample', code: 'seen', verdict: 'confirmed', severity: 'info' },
          ...{ summary: words, details: [words], evidence: [] },
        },
      ],
      unseen: [{ what: words, why: words }],
      next: [{ command: words, why: words }],
      doNot: [{ what: words, why: words }],
    }),
  }
  const cluster = { inventory: { cluster: 'demo', hosts: [] }, clock: realClock } as unknown as Cluster

  it('holds no secret in any of its words, live or replayed, and is compared and run to the letter', async () => {
    const { result, recording } = await runCheck({ playbook, args: {}, cluster })
    for (const { diagnosis } of [result, replayRecording(playbook, recording)]) {
      const [{ remedy, params, basis, typed, ...shown }] = diagnosis.offers as [typeof offer]
      expect({ remedy, params, basis, typed }).toEqual({
        ...{ remedy: 'end', params: { command: words }, basis: words, typed: words },
      })
      expect(JSON.stringify({ ...diagnosis, offers: shown })).not.toContain(cephKey.slice(0, 10))
      expect(JSON.stringify(diagnosis).match(/--key AQ\*\*\* ls/g)).toHaveLength(13)
      expect(shown.label.length, 'what an offer may have').toBeLessThanOrEqual(60)
    }
  })
})
