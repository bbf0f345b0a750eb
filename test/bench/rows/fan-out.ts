import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cluster, openCluster } from '../../../jobs/hosts/cluster.ts'
import { probesOf } from '../../../playbooks/lock/probes.ts'
import { type Sshd, startSshd } from '../../lab/ssh/sshd.ts'
import { inMemory } from '../product.ts'
import type { Effort, Line, Row } from '../row.ts'
import { timed, tookMs } from '../timed.ts'

const HOSTS = { whole: 64, short: 16 } satisfies Record<Effort, number>
/** ansible takes a second a host */
const HOSTS_FOR_ANSIBLE = 8
/** sshd listens on no more than 16 addresses. */
const PER_SSHD = 16

type Hosts = { folder: string; names: string[]; first: Sshd; knownHosts: string; close(): Promise<void> }

/** Addresses on loopback behind one port, of as many sshd as it takes: `-w 127.0.3.[1-64]` is all that a tool has to be told. */
async function startHosts(count: number): Promise<Hosts> {
  const folder = inMemory(() => mkdtempSync(join(tmpdir(), 'unwedge-fan-out-')))
  const names = Array.from({ length: count }, (_, index) => `127.0.3.${index + 1}`)
  const config = ['MaxStartups 300:30:500']
  const sshds: Sshd[] = []
  for (let from = 0; from < count; from += PER_SSHD) {
    const [first] = sshds
    const same = first && { port: first.port, keysOf: first }
    sshds.push(await startSshd({ addresses: names.slice(from, from + PER_SSHD), config, ...same }))
  }
  const knownHosts = join(folder, 'known_hosts')
  writeFileSync(knownHosts, sshds.map(({ settings }) => readFileSync(settings.knownHosts!, 'utf8')).join(''))
  return {
    folder,
    names,
    first: sshds[0]!,
    knownHosts,
    close: async () => {
      await Promise.all(sshds.map((sshd) => sshd.end()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const INODE = '123456789'

function openHosts({ names, first, folder, knownHosts }: Hosts): Cluster {
  return openCluster({
    name: 'bench',
    hosts: names.map((name) => ({ name, addresses: [name], roles: ['nfs-server'], transport: 'ssh' })),
    ssh: {
      stateDir: folder,
      hosts: Object.fromEntries(
        names.map((name) => [name, { ...first.settings, address: name, knownHosts }]),
      ),
    },
  })
}

/** The question of `check lock` on every host, as a check asks it; throws when one did not answer. */
async function search(cluster: Cluster): Promise<void> {
  const seen = await Promise.all(
    cluster.inventory.hosts.map(({ name }) => {
      const probe = { ...probesOf(name).locks(1, [INODE]), limitMs: 60_000 }
      return cluster.run(probe).then((observation) => ({
        observation,
        locks: observation.outcome === 'exited' && probe.parse(observation),
      }))
    }),
  )
  const bad = seen.find(({ locks }) => locks === false)
  if (bad) throw new Error(`${bad.observation.host}: ${bad.observation.reason}`)
}

/** What the others are told to run: the same command, its exit code 1 (nobody holds it) made a success. */
const COMMAND = `grep -F -e ':${INODE} ' /proc/locks || test $? = 1`

function sshOptions({ first: { settings, port }, knownHosts }: Hosts): string {
  const options = [
    `UserKnownHostsFile=${knownHosts}`,
    'GlobalKnownHostsFile=/dev/null',
    'BatchMode=yes',
    'IdentitiesOnly=yes',
  ]
  return [`-F /dev/null -p ${port} -i ${settings.keyFile}`, ...options.map((option) => `-o ${option}`)].join(
    ' ',
  )
}

function clush(hosts: Hosts): Promise<number> {
  const argv = [
    'clush',
    '-S',
    '-f',
    String(hosts.names.length),
    '-o',
    sshOptions(hosts),
    '-w',
    hosts.names.join(','),
    COMMAND,
  ]
  return timed(argv, { env: { ...process.env, HOME: hosts.folder } })
}

function ansible(hosts: Hosts): Promise<number> {
  const inventory = join(hosts.folder, 'inventory')
  writeFileSync(inventory, `${hosts.names.join('\n')}\n`)
  const { port, settings } = hosts.first
  const env = {
    ...process.env,
    HOME: hosts.folder,
    ANSIBLE_SSH_ARGS: sshOptions(hosts),
    ANSIBLE_SSH_CONTROL_PATH_DIR: join(hosts.folder, 'cp'),
    ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
  }
  const where = [
    '-i',
    inventory,
    '-u',
    settings.user ?? 'root',
    '-e',
    `ansible_port=${port}`,
    '--private-key',
    settings.keyFile ?? '',
  ]
  const what = ['-f', String(hosts.names.length), '-m', 'command', '-a', 'cat /proc/locks', 'all']
  return timed(['ansible', ...where, ...what], { env, cwd: hosts.folder })
}

const needs = { root: true, programs: ['sshd', 'ssh', 'clush'] } as const

/** No connection open, then the same again over those that are. */
async function coldAndWarm(hosts: Hosts): Promise<{ cold: number; warm: number }> {
  const cluster = openHosts(hosts)
  try {
    return { cold: await tookMs(() => search(cluster)), warm: await tookMs(() => search(cluster)) }
  } finally {
    await cluster.close()
  }
}

export const fanOut: Row = {
  name: 'fan-out',
  needs,
  rounds: { short: 1 },
  warmUp: false,
  lines: [
    line(
      'fan-out, cold',
      `a lock search on ${HOSTS.whole} sshd hosts (short form: ${HOSTS.short}), no connection open; clush -w`,
      'unwedge.cold',
      'clush.ms',
      0.8,
    ),
    line('fan-out, warm', 'the same again, connections open; clush', 'unwedge.warm', 'clush.ms', 0.25),
  ],
  async open(effort) {
    const hosts = await startHosts(HOSTS[effort])
    return {
      runs: { unwedge: () => coldAndWarm(hosts), clush: async () => ({ ms: await clush(hosts) }) },
      close: hosts.close,
    }
  },
}

export const fanOutAnsible: Row = {
  name: 'fan-out-ansible',
  needs: { ...needs, programs: [...needs.programs, 'ansible'] },
  onlyWhole: 'ansible takes ten seconds a round',
  warmUp: false,
  lines: [
    line(
      'fan-out, cold, vs ansible',
      `the same on ${HOSTS_FOR_ANSIBLE} hosts; ansible -m command`,
      'unwedge.cold',
      'ansible.ms',
      0.1,
    ),
  ],
  async open() {
    const hosts = await startHosts(HOSTS_FOR_ANSIBLE)
    return {
      runs: { unwedge: () => coldAndWarm(hosts), ansible: async () => ({ ms: await ansible(hosts) }) },
      close: hosts.close,
    }
  },
}

function line(name: string, what: string, ours: string, peer: string, target: number): Line {
  return { name, what, unit: 'ms', ours, peer, target }
}
