import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCheck } from '../../../jobs/check.ts'
import { type Cluster, openCluster } from '../../../jobs/hosts/cluster.ts'
import { catalogue } from '../../../playbooks/catalogue.ts'
import { Role } from '../../../playbooks/shared/inventory.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import { allPlaybooks } from '../../../playbooks/shared/playbook.ts'
import { type Sshd, startSshd } from './sshd.ts'

const CANARY = `canary-${process.pid}-${Date.now() % 1_000_000}`
let folder: string
let sshd: Sshd
const clusters: Record<string, Cluster> = {}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'unwedge-inject-'))
  sshd = await startSshd()
  const host = { name: 'h', addresses: ['127.0.0.1'], roles: [...Role.options] }
  const common = { ceph: { conf: join(folder, 'no-such.conf') } }
  clusters.local = openCluster({
    ...common,
    name: 'local',
    hosts: [{ ...host, transport: 'local' }],
    local: { stateDir: join(folder, 'local') },
  })
  clusters.ssh = openCluster({
    ...common,
    name: 'ssh',
    hosts: [{ ...host, transport: 'ssh' }],
    ssh: { stateDir: join(folder, 'ssh'), hosts: { h: sshd.settings } },
  })
})
afterAll(async () => {
  await Promise.all(Object.values(clusters).map((cluster) => cluster.close()))
  await sshd?.end()
  for (const file of places()) rmSync(file, { force: true })
  rmSync(folder, { recursive: true })
})

/** Where a command that got out may have left its file: with a path, and in whatever folder it was in. */
const places = () =>
  [tmpdir(), '/', process.cwd(), sshd.home, process.env.HOME ?? '/root', folder].map((each) =>
    join(each, CANARY),
  )

/** Half of them without a slash, which names must not hold. */
const strings = [`touch ${CANARY}`, `touch ${join(tmpdir(), CANARY)}`].flatMap((run) =>
  ['', "'", '"', '\\', '$(', '`', ')', '}', '--', 'a b'].flatMap((before) =>
    [
      `;${run};`,
      `$(${run})`,
      `\`${run}\``,
      `|${run}`,
      `||${run}`,
      `&& ${run}`,
      `&${run}&`,
      `\n${run}\n`,
      `' ; ${run} ; '`,
      `" ; ${run} ; "`,
    ].map((text) => `${before}${text}`),
  ),
)

/** `check lock /a on=b` → its arguments. */
function exampleOf({ usage }: Playbook): Record<string, string> {
  const words = usage.examples[0]!.split(' ').slice(2)
  const options = words
    .filter((word) => word.includes('='))
    .map((word) => word.split('=') as [string, string])
  const target = words.find((word) => !word.includes('='))
  return {
    ...(target !== undefined && { target }),
    ...Object.fromEntries(options.filter(([name]) => name !== 'on')),
  }
}

test('the strings are 200, and most of them run when a shell gets them', () => {
  expect(new Set(strings).size).toBe(200)
  const files = [join(folder, CANARY), join(tmpdir(), CANARY)]
  const runs = (line: string) => {
    spawnSync('sh', ['-c', line], { cwd: folder })
    const did = files.some((file) => existsSync(file))
    for (const file of files) rmSync(file, { force: true })
    return did
  }
  const ran = strings.filter((text) => [`: ${text}`, `: '${text}'`, `: "${text}"`].some(runs))
  expect(ran.length).toBeGreaterThan(100)
})

const withArguments = (await allPlaybooks(catalogue)).flatMap((playbook) =>
  [...(playbook.usage.target === '' ? [] : ['target']), ...Object.keys(playbook.usage.options)].map(
    (argument) => [playbook.name, argument, playbook] as const,
  ),
)

test.each(withArguments)(
  'check %s, 200 strings as its %s, here and over ssh: a canary never appears',
  async (_, argument, playbook) => {
    const example = exampleOf(playbook)
    const rest = 'interval' in playbook.usage.options ? { ...example, interval: '0' } : example
    // refused is the string, and nothing else
    expect(playbook.args.safeParse(rest).error).toBeUndefined()
    const values = strings.flatMap((text) => [text, `${example[argument] ?? '/'}${text}`])
    const accepted = values
      .map((value) => ({ ...rest, [argument]: value }))
      .filter((args) => playbook.args.safeParse(args).success)
    const todo = accepted.flatMap((args) => Object.values(clusters).map((cluster) => ({ args, cluster })))
    const workers = [...Array(8).keys()].map(async () => {
      for (let next = todo.pop(); next; next = todo.pop())
        await runCheck({ playbook, secondLook: false, ...next })
    })
    const from = Date.now()
    await Promise.all(workers)
    console.log(
      `${playbook.name} ${argument}: ${accepted.length} of ${values.length} were taken, ${Date.now() - from} ms`,
    )
    expect(places().filter(existsSync)).toEqual([])
  },
)
