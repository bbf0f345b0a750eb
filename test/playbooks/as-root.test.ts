import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCommandLine } from '../../handlers/command-line.ts'
import { runCheck } from '../../jobs/check.ts'
import { fastClock } from '../../jobs/clock.ts'
import type { Mandate } from '../../jobs/contracts.ts'
import { openCluster } from '../../jobs/hosts/cluster.ts'
import { gateFor, shapesFor } from '../../jobs/hosts/gate.ts'
import { runRemedy } from '../../jobs/remedy.ts'
import { catalogue } from '../../playbooks/catalogue.ts'
import { scenarios } from '../../playbooks/scenarios.ts'
import { ANY, type AnyKind } from '../../playbooks/shared/as-root.ts'
import type { Host, Inventory } from '../../playbooks/shared/inventory.ts'
import { allPlaybooks } from '../../playbooks/shared/playbook.ts'
import { allowedBy, allows, SHELLS } from '../jobs/hosts/gate-shell.ts'

type Asked = { host: string; argv: readonly string[] }

/** ESXi has no sudo: whoever logs in there is root. */
const hosts = scenarios.flatMap(({ hosts: own }) => own).filter(({ roles }) => !roles.includes('esxi'))
const inventory: Inventory = {
  cluster: 'demo',
  hosts: [...new Map(hosts.map((each) => [each.name, each])).values()],
}
const playbooks = await allPlaybooks(catalogue)
const gateOf = (host: Host) => gateFor({ playbooks, inventory, host, user: 'unwedge' }).script
const shapesOf = (host: Host) => shapesFor({ playbooks, inventory, host })

/** Every command of every example of every playbook in the demo, and of every remedy that is offered there. */
async function everything(): Promise<Asked[]> {
  const asked = new Map<string, Asked>()
  for (const playbook of playbooks) {
    for (const line of playbook.usage.examples) {
      const parsed = parseCommandLine(line, catalogue)
      if (!parsed.ok || parsed.command.verb !== 'check') throw new Error(line)
      const { args } = parsed.command
      const opened = openCluster({
        name: 'demo',
        hosts: scenarios.flatMap((each) =>
          each.hosts.map((host) => ({ ...host, transport: 'replay' as const })),
        ),
        scenarios,
        clock: fastClock(600),
      })
      const cluster: typeof opened = {
        ...opened,
        run: (question, signal) => {
          const { host, argv } = question
          if (inventory.hosts.some(({ name }) => name === host))
            asked.set(JSON.stringify([host, argv]), { host, argv })
          return opened.run(question, signal)
        },
      }
      const { result } = await runCheck({ playbook, args, cluster })
      for (const offer of result.diagnosis.offers) {
        const mandate: Mandate = {
          ...{
            approvalId: 'apr-000001',
            checkId: 'chk-000001',
            cluster: 'demo',
            playbook: playbook.name,
            args,
          },
          ...{ remedy: offer.remedy, params: offer.params, basis: offer.basis, approvals: offer.approvals },
          ...{ requestedBy: 'lin', approvedBy: [{ user: 'mei', at: 0 }], deadline: 600_000 },
        }
        const remedy = { playbook, mandate, cluster, journal: async () => {}, wallNow: () => 0 }
        await runRemedy({ ...remedy, safeguard: safeguard() })
      }
      await opened.close()
    }
  }
  return [...asked.values()]
}

const safeguard = () => ({
  record: async () => {},
  waits: async () => true,
  nothingLeft: async () => {},
  keepUntil: async () => true,
  bringForward: async () => {},
})

const asked = await everything()
const byHost = Map.groupBy(asked, ({ host }) => host)

describe('the gate of a host', () => {
  test.each(SHELLS)('lets pass what every playbook and remedy of the demo asks for, in %s', (...shell) => {
    expect(asked.length).toBeGreaterThan(100)
    for (const [name, own] of byHost) {
      const host = inventory.hosts.find((each) => each.name === name)!
      const answers = allowedBy(
        shell,
        gateOf(host),
        own.map(({ argv }) => argv),
      )
      expect(own.filter((_, at) => !answers[at]).map(({ argv }) => `${name}: ${argv.join(' ')}`)).toEqual([])
    }
  })

  test('for checks only refuses what remedies do, and nothing else', () => {
    for (const host of inventory.hosts) {
      const { script, version } = gateFor({
        playbooks,
        inventory,
        host,
        user: 'unwedge',
        checksOnly: true,
      })
      expect(version).toMatch(/^unwedge-gate checks [0-9a-f]{12} changes none$/)
      const acts = shapesOf(host).filter(({ changes }) => changes)
      const looks = shapesOf(host).filter(({ changes }) => !changes)
      if (acts.length > 0)
        expect(
          allowedBy(
            SHELLS[0]!,
            script,
            acts.map(({ argv }) => argv.map(filled)),
          ),
        ).not.toContain(true)
      expect(
        allowedBy(
          SHELLS[0]!,
          script,
          looks.map(({ argv }) => argv.map(filled)),
        ),
      ).not.toContain(false)
    }
  })

  test('lets nothing pass that a command was changed to, in any shell, unless it is another that is allowed', () => {
    const pool = inventory.hosts.map((host) => {
      const shaped = shapesOf(host).map(({ argv }) => argv.map(filled))
      return { host, argvs: [...shaped, ...(byHost.get(host.name) ?? []).map(({ argv }) => argv)] }
    })
    for (const { host, argvs } of pool) {
      const mutated = fc.sample(mutation(argvs), { numRuns: 400, seed: 7 })
      const right = mutated.map(allows(shapesOf(host)))
      expect(right).toContain(false)
      for (const shell of SHELLS) {
        const answers = allowedBy(shell, gateOf(host), mutated)
        expect(
          mutated.filter((_, at) => answers[at] !== right[at]).map((argv) => [shell[0], ...argv]),
        ).toEqual([])
      }
    }
  })

  test('refuses what is put behind a command, and a line break in any word', () => {
    for (const host of inventory.hosts) {
      const known = shapesOf(host).map(({ argv }) => argv.map(filled))
      const changed = known.flatMap((argv) => [
        ...['-exec', ';', '--', '\n', 'x y'].map((extra) => [...argv, extra]),
        ...[...new Set([0, argv.length >> 1, argv.length - 1])].map((at) => argv.with(at, `${argv[at]}\n`)),
      ])
      const answers = allowedBy(SHELLS[0]!, gateOf(host), changed)
      expect(changed.filter((_, at) => answers[at])).toEqual([])
    }
  })
})

const SAMPLE: Record<AnyKind, string> = {
  ...{ digits: '21409', list: '12|34', name: 'a-1', word: 'x.1', plain: 'a/b.c', address: '10.0.0.1' },
  ...{ text: 'vol 7', path: '/srv/a b', below: 'x/y.log' },
}

/** A word with something in the place of each token. */
const filled = (word: string) =>
  Object.entries(ANY).reduce((text, [kind, token]) => text.replaceAll(token, SAMPLE[kind as AnyKind]), word)

/** One of these commands, with one thing about it changed. */
function mutation(argvs: readonly (readonly string[])[]): fc.Arbitrary<readonly string[]> {
  const odd = fc.constantFrom(
    ...[
      '',
      '-exec',
      ';',
      '/etc/shadow',
      '/',
      '..',
      '/../x',
      '-',
      '\n',
      '*',
      '$(id)',
      '`id`',
      '\\',
      "'",
      '"',
      ' ',
      'x',
      '1',
      '|',
      '[',
      ']',
      'é',
      '🧱',
    ],
  )
  const argv = fc.constantFrom(...argvs)
  const place = fc.nat(40)
  return fc.tuple(argv, fc.nat(7), place, fc.nat(60), odd).map(([words, kind, at, inside, text]) => {
    const where = at % words.length
    const word = words[where]!
    const cut = inside % (word.length + 1)
    const replaced = (by: string) => words.map((each, index) => (index === where ? by : each))
    switch (kind) {
      case 0:
        return words.toSpliced(where, 1)
      case 1:
        return words.toSpliced(where, 0, text)
      case 2:
        return [...words, text]
      case 3:
        return replaced(text)
      case 4:
        return [...words, ...words.slice(where)]
      case 5:
        return replaced(word.slice(0, cut))
      default:
        return replaced(word.slice(0, cut) + text + word.slice(cut))
    }
  })
}
