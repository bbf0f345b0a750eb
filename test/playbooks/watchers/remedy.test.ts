import { describe, expect, test } from 'vitest'
import { approve, checkDemo, LEFT_OVER, openDemo, type Twist } from './demo-cluster.ts'

const changes = (commands: string[]) =>
  commands.filter((command) => / osd bl[ao]cklist (add|rm) /.test(command))
const added = `ceph --connect-timeout 5 osd blacklist add ${LEFT_OVER} 3600`
const removed = `ceph --connect-timeout 5 osd blacklist rm ${LEFT_OVER}`

/** A check of the seed's incident, its offer approved on the same cluster, which the twist changes from then on. */
async function run(twist: Twist = () => undefined, wall?: (commands: string[]) => number) {
  let approved = false
  const { cluster, commands } = openDemo((...asked) => (approved ? twist(...asked) : undefined))
  const { result } = await checkDemo(cluster)
  approved = true
  const ended = await approve(cluster, result.diagnosis.offers[0]!, () => wall?.(commands) ?? 0)
  approved = false
  const after = await checkDemo(cluster)
  await cluster.close()
  return { ...ended, changes: changes(commands), after: after.result.diagnosis }
}

test('the seed: two watchers, the left-over one blocked, one watcher, the blocklist as before', async () => {
  const ended = await run()
  expect(ended.state).toBe('done')
  expect(ended.said).toEqual([
    'looked again: unchanged',
    `blocked \`${LEFT_OVER}\``,
    'on the blocklist',
    'its watch is gone',
    'block removed',
    'the blocklist is as before',
    'the other watchers are as before',
  ])
  expect(ended.changes).toEqual([added, removed])
  expect(ended.after.findings[0]).toMatchObject({ code: 'one-watcher' })
  expect(ended.after.facts.blocklist).toEqual([])
})

describe('refuses, and touches nothing, when', () => {
  const third = 'watcher=1.1.2.9:0/7 client.7 cookie=7\n'
  test.each<[string, Twist]>([
    [
      'a watcher came',
      (command, own) =>
        command.includes('listwatchers') ? { ...own, stdout: `${own!.stdout}${third}` } : undefined,
    ],
    [
      'the watcher left',
      (command, own) =>
        command.includes('listwatchers')
          ? { ...own, stdout: own!.stdout!.split('\n').slice(1).join('\n') }
          : undefined,
    ],
    [
      'a process of its number appeared',
      (command, own, host) =>
        command.startsWith('ps') && host === 'wsg-2'
          ? { ...own, stdout: `${own!.stdout} 546917 S 00:01 tgtd\n` }
          : undefined,
    ],
    [
      'its host cannot be looked at any more',
      (command, _, host) =>
        command.startsWith('ss') && host === 'wsg-2' ? { exitCode: 1, stderr: 'no' } : undefined,
    ],
    [
      'the blocklist cannot be seen',
      (command) =>
        command.includes('blacklist ls') ? { exitCode: 1, stderr: 'Error EACCES: access denied' } : undefined,
    ],
  ])('%s since', async (_, twist) => {
    const ended = await run(twist)
    expect(ended).toMatchObject({ state: 'refused', undone: 'Nothing was touched.', changes: [] })
  })
})

describe('stops, and says what is so, what was undone and what to do, when', () => {
  test('blocking is refused', async () => {
    const ended = await run((command) =>
      command === added ? { exitCode: 13, stderr: 'Error EACCES: access denied' } : undefined,
    )
    expect(ended).toMatchObject({ state: 'failed', changes: [added], undone: 'Nothing was undone.' })
    expect(ended.now).toBe(`It is not certain whether \`${LEFT_OVER}\` is blocked.`)
    expect(ended.next).toContain('osd blacklist ls')
  })
  test('Ceph understood a whole host: nothing more is done', async () => {
    const wide = 'blacklisting 1.1.2.1:0/0 until 2026-11-20 13:00:00.000000 (3600 sec)\n'
    const ended = await run((command) => (command === added ? { stderr: wide } : undefined))
    expect(ended).toMatchObject({ state: 'failed', changes: [added] })
    expect(ended.said.at(-1)).toContain('Ceph says: added `1.1.2.1:0/0`')
  })
  test('the entry is not listed', async () => {
    const ended = await run((command) =>
      command.includes('blacklist ls') && !command.includes('dump') ? listing([]) : undefined,
    )
    expect(ended).toMatchObject({ state: 'failed', changes: [added] })
    expect(ended.now).toContain('that it is on the blocklist is not proven')
    expect(ended.undone).toMatch(/Nothing was undone, because .* It ends by itself at \d\d:\d\d UTC/)
  })
  test('the watch stays: the block stays, too', async () => {
    const lines =
      'watcher=1.1.2.1:0/1193546917 client.4123 cookie=1\nwatcher=1.1.2.4:0/220114 client.9001 cookie=3\n'
    const ended = await run((command) => (command.includes('listwatchers') ? { stdout: lines } : undefined))
    expect(ended).toMatchObject({ state: 'failed', changes: [added] })
    expect(ended.said.at(-1)).toMatch(/its watch is still there after 45 s/)
    expect(ended.now).toMatch(/is blocked until .* that its watch is gone is not proven/)
  })
  test('removing fails: the exact command is handed on', async () => {
    const ended = await run((command) =>
      command === removed ? { exitCode: 13, stderr: 'Error EACCES: access denied' } : undefined,
    )
    expect(ended).toMatchObject({ state: 'failed', changes: [added, removed] })
    expect(ended.undone).toMatch(/ends by itself at/)
    expect(ended.next).toContain(`if it is there: \`${removed}\``)
  })
  test('the entry stays listed after it was removed', async () => {
    const ended = await run((command, own) =>
      command === removed ? { ...own, exitCode: 0, stderr: `un-blacklisting ${LEFT_OVER}\n` } : undefined,
    )
    expect(ended.state).toBe('done')
    let gone = false
    const stuck = await run((command) => {
      if (command === removed) gone = true
      return gone && command.includes('blacklist ls') ? listing([LEFT_OVER]) : undefined
    })
    expect(stuck).toMatchObject({ state: 'failed' })
    expect(stuck.said.at(-1)).toContain('it is still on the blocklist')
  })
  test('another watcher is gone, too', async () => {
    const ended = await run((command, own) =>
      command.includes('listwatchers') && !own!.stdout!.includes('4123') ? { stdout: '' } : undefined,
    )
    expect(ended).toMatchObject({ state: 'failed', undone: 'The block was removed.' })
    expect(ended.said.at(-1)).toContain('`1.1.2.4:0/220114` watches no more either')
  })
})

describe('the blocklist afterwards', () => {
  test('what others added meanwhile is said, and is no failure', async () => {
    let gone = false
    const ended = await run((command) => {
      if (command === removed) gone = true
      return gone && command.includes('blacklist ls') ? listing(['1.1.2.9:0/5']) : undefined
    })
    expect(ended.state).toBe('done')
    expect(ended.said).toContain('its entry is gone; meanwhile others added `1.1.2.9:0/5`')
  })
  test('an entry that ended by itself is as good as removed', async () => {
    const ended = await run((command, own) =>
      command === removed ? { ...own, stderr: `${LEFT_OVER} isn't blacklisted\n` } : undefined,
    )
    expect(ended.state).toBe('done')
  })
})

test('after the deadline nothing more is done, not even the undo', async () => {
  const ended = await run(undefined, (commands) => (commands.includes(added) ? 700_000 : 0))
  expect(ended).toMatchObject({ state: 'failed', changes: [added] })
  const late = await run(undefined, (commands) =>
    commands.filter((each) => each.includes('listwatchers')).length > 3 ? 700_000 : 0,
  )
  expect(late.changes).toEqual([added])
  expect(late.now).toBe(`The watch of \`${LEFT_OVER}\` is gone; that its block is gone, too, is not proven.`)
  expect(late.undone).toMatch(/If it is still there, it ends by itself at/)
})

function listing(addresses: string[]) {
  const entries = addresses.map((addr) => ({ addr, until: '2099-01-01 00:00:00.000000' }))
  return { stdout: `\n${JSON.stringify(entries)}`, stderr: `listed ${entries.length} entries\n` }
}
