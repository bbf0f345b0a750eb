import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  countOf,
  duration,
  type Incident,
  nameOf,
  stateOf,
  withUpdate,
} from '../../../handlers/alerts/incident.ts'
import { readDelivery } from '../../../handlers/alerts/sources.ts'
import type { AlertUpdate } from '../../../handlers/alerts/update.ts'
import {
  digestMessage,
  digestPage,
  incidentLines,
  incidentMessage,
} from '../../../handlers/blocks/incident.ts'
import { checkBlocks, countCharacters } from '../../slack/blocks.ts'

const T = Date.parse('2026-11-20T17:53:44Z')

function update(
  alerts: { id: string; status: 'firing' | 'resolved'; startsAt?: number; endsAt?: number }[],
): AlertUpdate {
  return {
    source: 'am',
    incident: 'group',
    title: 'CephSlowOps',
    leftOut: 0,
    alerts: alerts.map(({ startsAt = T, ...alert }) => ({
      ...alert,
      startsAt,
      labels: { instance: alert.id },
      annotations: {},
    })),
  }
}

function incidentAfter(...updates: AlertUpdate[]): Incident {
  let incident: Incident | undefined
  for (const each of updates) incident = withUpdate(incident, each, 'C1', T).incident
  return incident!
}

describe('an incident', () => {
  test('fires while any of its alerts does, whatever the status of the group says', () => {
    const incident = incidentAfter(
      update([
        { id: 'osd.3', status: 'firing' },
        { id: 'osd.4', status: 'firing' },
      ]),
      update([{ id: 'osd.3', status: 'resolved', endsAt: T + 5000 }]),
    )
    expect(stateOf(incident)).toBe('firing')
    expect(
      stateOf(
        incidentAfter(
          update([{ id: 'osd.3', status: 'firing' }]),
          update([{ id: 'osd.3', status: 'resolved', endsAt: T + 5000 }]),
        ),
      ),
    ).toBe('resolved')
  })

  test('is not changed by the same delivery again', () => {
    const first = incidentAfter(update([{ id: 'osd.3', status: 'firing' }]))
    expect(withUpdate(first, update([{ id: 'osd.3', status: 'firing' }]), 'C1', T + 9).changed).toBe(false)
  })

  test('stays resolved when the firing comes after the resolution it belongs to', () => {
    const incident = incidentAfter(
      update([{ id: 'osd.3', status: 'resolved', endsAt: T + 5000 }]),
      update([{ id: 'osd.3', status: 'firing' }]),
    )
    expect(stateOf(incident)).toBe('resolved')
    expect(incident.flaps).toBe(0)
  })

  test('counts firing again after it was resolved', () => {
    const round = (n: number) => [
      update([{ id: 'x', status: 'firing', startsAt: T + n }]),
      update([{ id: 'x', status: 'resolved', startsAt: T + n, endsAt: T + n + 1 }]),
    ]
    expect(incidentAfter(...round(0), ...round(10), ...round(20)).flaps).toBe(2)
  })

  test('says how long it lasted, from the first beginning to the last end', () => {
    const incident = incidentAfter(
      update([
        { id: 'a', status: 'firing' },
        { id: 'b', status: 'firing', startsAt: T + 1000 },
      ]),
      update([
        { id: 'a', status: 'resolved', endsAt: T + 5000 },
        { id: 'b', status: 'resolved', startsAt: T + 1000, endsAt: T + 9000 },
      ]),
    )
    expect(incident.endedAt! - incident.startedAt).toBe(9000)
    expect(
      incidentAfter(
        update([{ id: 'a', status: 'resolved', endsAt: T + 5000 }]),
        update([{ id: 'a', status: 'firing', startsAt: T + 8000 }]),
      ).endedAt,
    ).toBeUndefined()
  })

  test('that is over stays over when an old delivery comes once more, even after days', () => {
    const firing = update([{ id: 'x', status: 'firing' }])
    const over = incidentAfter(firing, update([{ id: 'x', status: 'resolved', endsAt: T + 1000 }]))
    const later = T + 3 * 86_400_000
    expect(withUpdate(over, firing, 'C1', later)).toMatchObject({ changed: false, began: false })
    const anew = update([{ id: 'x', status: 'firing', startsAt: later - 5000 }])
    expect(withUpdate(over, anew, 'C1', later)).toMatchObject({
      changed: true,
      began: true,
      incident: { startedAt: later - 5000, flaps: 0 },
    })
    expect(withUpdate(over, anew, 'C1', T + 3_600_000)).toMatchObject({
      began: false,
      incident: { flaps: 1 },
    })
  })

  test('began with its first alert, also when that is heard of later', () => {
    const incident = incidentAfter(
      update([{ id: 'b', status: 'firing', startsAt: T + 60_000 }]),
      update([{ id: 'a', status: 'firing' }]),
    )
    expect(incident.startedAt).toBe(T)
  })

  test('counts alerts that ended long ago instead of keeping them all, and never one that fires', () => {
    const ids = Array.from({ length: 700 }, (_, n) => `osd.${n}`)
    const incident = incidentAfter(
      update(ids.map((id) => ({ id, status: 'firing' }))),
      update(ids.slice(1).map((id, n) => ({ id, status: 'resolved', endsAt: T + n }))),
    )
    expect(countOf(incident)).toEqual({ firing: 1, all: 700 })
    expect(Object.keys(incident.alerts)).toHaveLength(501)
    expect(Object.keys(incident.alerts)).toContain('osd.699')
  })

  test('may have an alert that is called like what every object has', () => {
    const incident = incidentAfter(
      update([{ id: 'x', status: 'firing' }]),
      update([{ id: 'constructor', status: 'firing' }]),
    )
    expect(countOf(incident)).toEqual({ firing: 2, all: 2 })
  })

  test('keeps the last twenty lines only', () => {
    const many = Array.from({ length: 100 }, (_, n) => update([{ id: `osd.${n}`, status: 'firing' }]))
    expect(incidentAfter(...many).lines).toHaveLength(20)
  })
})

test.each([
  [4_000, '4 s'],
  [720_000, '12 min'],
  [11_100_000, '3 h 5 min'],
  [187_200_000, '2 d 4 h'],
])('%i ms is %s', (ms, words) => {
  expect(duration(ms)).toBe(words)
})

describe('deliveries', () => {
  // Alertmanager 0.25.0 (Debian 12), captured 2026-11-20 with amtool as the sender
  const captured = JSON.parse(
    readFileSync(new URL('./fixtures/alertmanager-mixed.json', import.meta.url), 'utf8'),
  )

  test('a group that fires can carry alerts that are resolved', () => {
    const read = readDelivery('alertmanager', 'am', captured, T)
    expect(read?.alerts.map(({ status, endsAt }) => [status, endsAt !== undefined])).toEqual([
      ['resolved', true],
      ['firing', false],
    ])
    expect(read?.title).toBe('CephSlowOps (cluster=c1)')
  })

  test('a group without alerts says nothing', () => {
    expect(readDelivery('alertmanager', 'am', { ...captured, alerts: [] }, T)).toBeUndefined()
  })

  test.each([
    ['another version', { version: '3' }, 'version 4'],
    ['no group key', { groupKey: undefined }, 'groupKey'],
    ['alerts that are none', { alerts: 'x' }, 'alerts'],
  ])('refuses %s by name', (_, change, words) => {
    expect(() => readDelivery('alertmanager', 'am', { ...captured, ...change }, T)).toThrow(words)
  })

  test('keeps at most 64 labels of an alert', () => {
    const labels = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`l${n}`, 'x']))
    const read = readDelivery(
      'alertmanager',
      'am',
      { ...captured, alerts: [{ ...captured.alerts[0], labels }] },
      T,
    )
    expect(Object.keys(read!.alerts[0]!.labels)).toHaveLength(64)
  })

  test('Grafana says version 1, and names its organisation', () => {
    const grafana = { ...captured, version: '1', orgId: 1, title: '[FIRING:1]', state: 'alerting' }
    expect(readDelivery('alertmanager', 'grafana', grafana, T)?.alerts).toHaveLength(2)
    expect(() => readDelivery('alertmanager', 'am', { ...captured, version: '1' }, T)).toThrow('version 4')
  })

  describe('in the generic form without times', () => {
    const said = (status: 'firing' | 'resolved', now: number) =>
      readDelivery('generic', 'm', { incident: 'ticket-7', status, title: 'LUN 12 is slow' }, now)!
    const heard = (...deliveries: ['firing' | 'resolved', number][]) =>
      deliveries.reduce<Incident | undefined>(
        (incident, [status, at]) => withUpdate(incident, said(status, at), 'C1', at).incident,
        undefined,
      )!

    test('what is said again goes on, it does not fire again', () => {
      const incident = heard(['firing', T], ['firing', T + 60_000])
      expect(incident.alerts['ticket-7']?.startsAt).toBe(T)
      expect(incident.lines).toHaveLength(1)
    })

    test('its end says how long it lasted, and what comes after that is new', () => {
      const over = heard(['firing', T], ['resolved', T + 60_000])
      expect(over).toMatchObject({ startedAt: T, endedAt: T + 60_000 })
      expect(over.lines.at(-1)?.text).toBe('LUN 12 is slow resolved after 1 min')
      expect(heard(['firing', T], ['resolved', T + 60_000], ['firing', T + 90_000])).toMatchObject({
        flaps: 1,
      })
    })
  })

  describe('PagerDuty', () => {
    const said = (type: string, status: string, at: number) => {
      const data = {
        id: 'P1',
        type: 'incident',
        title: 'slow',
        status,
        created_at: new Date(T).toISOString(),
      }
      const event = { event_type: `incident.${type}`, occurred_at: new Date(at).toISOString(), data }
      return readDelivery('pagerduty', 'pd', { event }, T)!
    }
    const triggered = said('triggered', 'triggered', T)
    const resolved = said('resolved', 'resolved', T + 60_000)
    const reopened = said('reopened', 'triggered', T + 90_000)

    test('an incident that is opened again fires again', () => {
      const incident = incidentAfter(triggered, resolved, reopened)
      expect(stateOf(incident)).toBe('firing')
      expect(incident.flaps).toBe(1)
      expect(stateOf(incidentAfter(triggered, resolved, reopened, resolved))).toBe('firing')
    })

    test('the last word counts, in whatever order they come', () => {
      expect(stateOf(incidentAfter(triggered, reopened, resolved))).toBe('firing')
      expect(stateOf(incidentAfter(resolved, triggered))).toBe('resolved')
      const acknowledged = said('acknowledged', 'acknowledged', T + 30_000)
      expect(incidentAfter(triggered, acknowledged).lines, 'which is no news for the thread').toHaveLength(1)
    })
  })

  test('PagerDuty: an incident by its id; notes and pings say nothing', () => {
    const event = {
      event_type: 'incident.resolved',
      occurred_at: '2026-11-20T18:00:00Z',
      data: {
        id: 'PGR0VU2',
        type: 'incident',
        title: 'RBD slow',
        status: 'resolved',
        created_at: '2026-11-20T17:53:44Z',
      },
    }
    expect(readDelivery('pagerduty', 'pd', { event }, T)).toMatchObject({
      incident: 'PGR0VU2',
      alerts: [{ status: 'resolved', startsAt: T, endsAt: Date.parse('2026-11-20T18:00:00Z') }],
    })
    expect(
      readDelivery(
        'pagerduty',
        'pd',
        // as it is sent by "Send test event": no id
        {
          event: {
            ...event,
            event_type: 'pagey.ping',
            data: { message: 'Hello from your friend Pagey!', type: 'ping' },
          },
        },
        T,
      ),
    ).toBeUndefined()
    const merge = { type: 'merge_resolve_reason', incident: { id: 'PT4', summary: '[#12] Pool is full' } }
    expect(
      readDelivery(
        'pagerduty',
        'pd',
        { event: { ...event, data: { ...event.data, resolve_reason: merge } } },
        T,
      )?.title,
      'what was merged goes on elsewhere',
    ).toBe('RBD slow (merged into [#12] Pool is full)')
    const responder = { type: 'incident_responder', message: 'please help', state: 'pending' }
    expect(
      readDelivery(
        'pagerduty',
        'pd',
        { event: { ...event, event_type: 'incident.responder.added', data: responder } },
        T,
      ),
    ).toBeUndefined()
  })
})

describe('what senders leave out or overdo', () => {
  const group = (alerts: object[], change: object = {}) =>
    readDelivery('alertmanager', 'am', { version: '4', groupKey: 'g', alerts, ...change }, T)!
  const fires = { status: 'firing', startsAt: '2026-11-20T17:53:44Z' }

  test('null is nothing, and an alert without a name has one all the same', () => {
    const read = group(
      [{ ...fires, labels: { alertname: '' }, annotations: null, endsAt: null, fingerprint: null }],
      { groupLabels: null, commonLabels: null, truncatedAlerts: null },
    )
    expect(read).toMatchObject({ title: 'Alert', leftOut: 0, alerts: [{ annotations: {} }] })
    expect(group([{ ...fires, labels: null }]).title).toBe('Alert')
  })

  test('times that were never set are not the year 1', () => {
    const year1 = '0001-01-01T00:00:00Z'
    const [alert] = group([{ status: 'resolved', startsAt: year1, endsAt: year1, labels: {} }]).alerts
    expect(alert).toMatchObject({ startsAt: T, endsAt: T })
    const incident = incidentAfter(
      group([{ ...fires, labels: {} }]),
      group([{ ...fires, status: 'resolved', endsAt: year1, labels: {} }]),
    )
    expect(incident.endedAt).toBe(T)
  })

  test('without fingerprints two alerts are two, also where only the end of their labels differs', () => {
    const labels = (instance: string) => ({ alertname: 'x'.repeat(300), instance })
    const both = ['a', 'b'].map((instance) => ({ ...fires, labels: labels(instance) }))
    const one = { ...both[0], status: 'resolved', endsAt: '2026-11-20T18:00:00Z' }
    const incident = incidentAfter(group(both), group([one]))
    expect(countOf(incident)).toEqual({ firing: 1, all: 2 })
    const long = (end: string) => group(both, { groupKey: `${'k'.repeat(5000)}${end}` }).incident
    expect(long('1')).not.toBe(long('2'))
    expect(long('1').length).toBeLessThanOrEqual(2000)
  })

  test('a summary of many lines is one line', () => {
    const { alerts, title } = group([
      { ...fires, labels: { alertname: 'A\nB' }, annotations: { summary: ' \n slow\n\n*very* ' } },
    ])
    expect(title).toBe('A B')
    expect(nameOf(alerts[0]!, title)).toBe('slow *very*')
  })

  test('what was left out is not called resolved', () => {
    const over = { ...fires, status: 'resolved', endsAt: '2026-11-20T18:00:00Z', labels: { alertname: 'A' } }
    const shown = (change: object) => incidentMessage(incidentAfter(group([over], change)), 'i1', T).text
    expect(shown({ truncatedAlerts: 40 })).toMatch(/^\*Resolved, as far as it was sent,\* after 6 min:/)
    expect(shown({ truncatedAlerts: 40 })).toContain('40 more left out by the sender')
    expect(shown({})).toMatch(/^\*Resolved\* after 6 min:/)
  })

  test('thousands of alerts, with markup and halves of characters, are one message that Slack takes', () => {
    const many = Array.from({ length: 5000 }, (_, n) => ({
      ...fires,
      fingerprint: `f${n}`,
      labels: { alertname: '<!channel>', instance: `<@U1>|${'💥'.repeat(200)}${n}` },
      annotations: { summary: `${n % 2 ? 'x' : ''}${'💥'.repeat(200)}` },
    }))
    const incident = incidentAfter(group(many, { truncatedAlerts: 3000 }))
    for (const { text, blocks } of [
      incidentMessage(incident, 'i1', T),
      incidentLines(incident),
      digestMessage(Array.from({ length: 50 }, () => incident)),
      digestPage(Array.from({ length: 30 }, () => incident)),
    ]) {
      expect(checkBlocks(blocks)).toEqual([])
      expect(countCharacters(text, blocks)).toBeLessThanOrEqual(12_000)
      expect(JSON.stringify([text, blocks])).not.toMatch(/<!channel>|<@U1>|\\ud83d(?!\\)/)
    }
    expect(incidentMessage(incident, 'i1', T).text).toContain('… and 7990 more')
  })
})
