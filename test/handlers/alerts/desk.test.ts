import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SlackNever } from '../../../handlers/outbox.ts'
import { CHANNEL, delivery, startDesks } from './desk-stand.ts'

let stand: Awaited<ReturnType<typeof startDesks>>
beforeEach(async () => {
  stand = await startDesks()
})
afterEach(async () => {
  vi.useRealTimers()
  await stand?.stop()
})

const DRAW = `draw-${CHANNEL}-t1`
const rules = { stuck: { match: { alertname: 'RbdStuck' }, check: 'check watchers rbd/{image}' } }
const over = { status: 'resolved', endsAt: 1_795_197_284_000 } as const

describe('checks that start by themselves', () => {
  test('one whose start was cut short is started by the next try, and then no more', async () => {
    const desk = stand.desk(rules)
    stand.later(10)
    await expect(desk.work(delivery('vol7'))).rejects.toThrow('Slack takes it later')
    expect(await stand.checks()).toBe(0)
    await vi.waitFor(() => desk.work(delivery('vol7')))
    expect(await stand.checks()).toBe(1)
    await stand.desk(rules).work(delivery('vol7'))
    expect(await stand.checks()).toBe(1)
  })

  test('two deliveries at once start one', async () => {
    const desk = stand.desk(rules)
    await Promise.all([1, 2, 3].map(() => desk.work(delivery('vol7'))))
    expect(await stand.checks()).toBe(1)
  })

  test('the cool-down counts from the last start, not from the full half hour', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const half = 1_800_000
    vi.setSystemTime(Math.ceil(Date.now() / half) * half + half - 1000)
    const desk = stand.desk(rules)
    await desk.work(delivery('vol7'))
    vi.setSystemTime(Date.now() + 2000)
    await desk.work(delivery('vol7', { startsAt: Date.now() }))
    expect(await stand.checks()).toBe(1)
  })

  test('a rule starts no more than its budget, whatever comes', async () => {
    const desk = stand.desk({ stuck: { ...rules.stuck, perHour: 2 } })
    for (const image of ['a', 'b', 'c', 'd']) await desk.work(delivery(image))
    expect(await stand.checks()).toBe(2)
  })

  test('none starts for what is over, or muted', async () => {
    const desk = stand.desk(rules)
    await desk.work(delivery('vol7', over))
    expect(await stand.checks()).toBe(0)
    const quiet = stand.desk()
    await quiet.work(delivery('vol8'))
    const [id] = (await stand.client.zrange('{unwedge}:open-incidents', '0', '-1')) as [string]
    await desk.mute(id, 60_000)
    await desk.work(delivery('vol8', { startsAt: Date.now() }))
    expect(await stand.checks()).toBe(0)
  })
})

describe('drawing', () => {
  const keys = () =>
    stand.calls.map(({ key, kind }) => `${kind} ${key.replace(/^incident-i\w+-\d+/, 'incident')}`)

  test('what changed many times is drawn once, and what did not change not at all', async () => {
    const desk = stand.desk()
    await desk.work(delivery('vol7'))
    await desk.work(delivery('vol7', { id: 'b' }))
    await desk.work(delivery('vol7', { id: 'c' }))
    await desk.draw(DRAW)
    expect(keys()).toEqual(['post incident', 'post incident-lines'])
    await desk.work(delivery('vol7'))
    await stand.desk().draw(DRAW)
    expect(keys()).toHaveLength(2)
    await desk.work(delivery('vol7', over))
    await desk.draw(DRAW)
    expect(keys().slice(2)).toEqual(['edit incident', 'edit incident-lines'])
  })

  test('while Slack has asked to wait nothing is sent, by no other process either', async () => {
    const desk = stand.desk()
    await desk.work(delivery('vol7'))
    stand.later(1500)
    await expect(desk.draw(DRAW)).rejects.toThrow('Slack takes it later')
    await expect(desk.draw(DRAW)).rejects.toThrow('Slack takes it later')
    await expect(stand.desk().draw(DRAW)).rejects.toThrow('Slack takes it later')
    expect(stand.calls).toHaveLength(1)
    await vi.waitFor(() => desk.draw(DRAW), { timeout: 5000, interval: 200 })
    const [first, second] = stand.calls
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(1490)
    expect(stand.messages.size).toBe(2)
  })

  test('what Slack refuses for good, or what cannot be drawn, keeps nothing else from being drawn', async () => {
    const desk = stand.desk()
    for (const name of ['one', 'two', 'three']) await desk.work(delivery(name))
    stand.failures.push(new SlackNever('invalid_blocks'), new TypeError('a bug'))
    await expect(desk.draw(DRAW)).rejects.toThrow('a bug')
    await desk.draw(DRAW)
    const shown = [...stand.messages.values()].map(({ text }) => /about (\w+)/.exec(text)?.[1])
    expect(shown).toEqual(expect.arrayContaining(['two', 'three']))
    expect(shown).not.toContain('one')
  })

  test('what changes while it is drawn is drawn once more', async () => {
    const desk = stand.desk()
    await desk.work(delivery('vol7'))
    const drawing = desk.draw(DRAW)
    await vi.waitFor(() => expect(stand.calls.length).toBeGreaterThan(0), { interval: 1 })
    await desk.work(delivery('vol7', over))
    await Promise.all([drawing, desk.draw(`draw-${CHANNEL}-t2`)])
    expect([...stand.messages.values()][0]?.text).toMatch(/^\*Resolved\*/)
  })

  test('more than ten new incidents in a minute share a message, whose thread names every one', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    vi.setSystemTime(Math.ceil(Date.now() / 60_000) * 60_000)
    const desk = stand.desk()
    const names = Array.from({ length: 52 }, (_, n) => `n${n}x`)
    for (const name of names) await desk.work(delivery(name))
    // again: nobody is in two places
    for (const name of names) await desk.work(delivery(name, over))
    vi.useRealTimers()
    await vi.waitFor(() => desk.draw(DRAW), { timeout: 60_000 })
    const all = [...stand.messages]
    const inDigest = all.filter(([key]) => key.includes('-page-'))
    expect(inDigest.map(([key]) => key.replace(/^digest-\w+-\d+-/, ''))).toEqual(['page-1', 'page-2'])
    const roots = all.filter(([key]) => /^incident-i\w+-\d+$/.test(key))
    expect(roots).toHaveLength(10)
    const places = names.map(
      (name) =>
        [...roots, ...inDigest].filter(([, message]) => JSON.stringify(message).includes(`about ${name}`))
          .length,
    )
    expect(new Set(places)).toEqual(new Set([1]))
    const digest = all.find(([key]) => /^digest-\w+-\d+$/.test(key))?.[1]
    expect(digest?.text).toMatch(/^\*42 more incidents came at once\*, all of them are over/)
    expect(digest?.text).toContain('… and 32 more')
  }, 90_000)
})

test('an incident that is muted is not told about until that is over', async () => {
  const desk = stand.desk()
  await desk.work(delivery('vol7'))
  await desk.draw(DRAW)
  const [id] = (await stand.client.zrange('{unwedge}:open-incidents', '0', '-1')) as [string]
  await desk.mute(id, 800)
  await desk.work(delivery('vol7', { id: 'b' }))
  await desk.draw(DRAW)
  const text = (part: string) => [...stand.messages].find(([key]) => key.endsWith(part))?.[1].text
  expect([...stand.messages.values()][0]?.text).toContain('muted until')
  expect(text('-lines')?.match(/fires/g)).toHaveLength(1)
  await vi.waitFor(
    async () => {
      await desk.draw(`wake-${CHANNEL}-${id}-t1`)
      expect(text('-lines')?.match(/fires/g)).toHaveLength(2)
    },
    { timeout: 10_000, interval: 200 },
  )
  expect([...stand.messages.values()][0]?.text).not.toContain('muted')
})
