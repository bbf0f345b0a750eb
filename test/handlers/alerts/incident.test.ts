import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { duration, type Incident, stateOf, withUpdate } from '../../../handlers/alerts/incident.ts'
import { type AlertUpdate, readDelivery } from '../../../handlers/alerts/sources.ts'

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
        { event: { ...event, event_type: 'pagey.ping', data: { id: 'x', type: 'ping' } } },
        T,
      ),
    ).toBeUndefined()
  })
})
