import { describe, expect, test } from 'vitest'
import { compileRule, planChecks } from '../../../handlers/alerts/rules.ts'
import type { Alert } from '../../../handlers/alerts/update.ts'
import { catalogue } from '../../../playbooks/catalogue.ts'

const rule = (match: Record<string, string>, check: string) =>
  compileRule('r', { match, check, cooldown_minutes: 30, per_hour: 5 })
const alert = (labels: Record<string, string>): Alert => ({
  id: 'a',
  status: 'firing',
  startsAt: 0,
  labels,
  annotations: {},
})

describe('rules', () => {
  test('fill a check with labels and with what their patterns name', () => {
    const plans = planChecks(
      [
        rule(
          { alertname: 'RbdStuck', volume: 'image-(?<image>\\w+)' },
          'check watchers rbd/{image} cluster={site}',
        ),
      ],
      alert({ alertname: 'RbdStuck', volume: 'image-vol7', site: 'demo' }),
      catalogue,
    )
    expect(plans).toMatchObject([
      { command: { playbook: 'watchers', args: { target: 'rbd/vol7' }, cluster: 'demo' } },
    ])
  })

  test('let no value of an alert become an option: what is looked at stays the business of the rule', () => {
    const planned = (check: string, node: string) =>
      planChecks([rule({ node: '.+' }, check)], alert({ node }), catalogue)
    expect(planned('check ctdb {node}', 'cluster=other')).toMatchObject([
      { problem: expect.stringContaining('looks like an option') },
    ])
    expect(planned('check ctdb {node}', 'n1')).toMatchObject([{ command: { args: { target: 'n1' } } }])
    expect(planned('check osds cluster={node}', 'demo')).toMatchObject([{ command: { cluster: 'demo' } }])
  })

  test('match a value whole or not at all', () => {
    expect(
      planChecks(
        [rule({ alertname: 'Rbd' }, 'check watchers rbd/x')],
        alert({ alertname: 'RbdStuck' }),
        catalogue,
      ),
    ).toEqual([])
  })

  test.each([
    ['becomes two arguments', 'vol7 pool=secret'],
    ['is an option', '--foo'],
    ['is a shell', 'vol7;reboot'],
  ])('refuse a label that %s', (_, image) => {
    const plans = planChecks(
      [rule({ alertname: '.*' }, 'check watchers {image}')],
      alert({ alertname: 'x', image }),
      catalogue,
    )
    expect(plans).toMatchObject([{ problem: expect.any(String) }])
  })

  test('say which label is missing', () => {
    expect(
      planChecks(
        [rule({ alertname: '.*' }, 'check watchers rbd/{image}')],
        alert({ alertname: 'x' }),
        catalogue,
      ),
    ).toMatchObject([{ problem: 'the alert has no image' }])
  })

  test('refuse a pattern that is none, by name', () => {
    expect(() => rule({ alertname: '(' }, 'check watchers rbd/x')).toThrow('alerts.rules.r: match.alertname')
  })
})
