import { expect, onTestFinished, test } from 'vitest'
import { type ClusterOptions, openCluster } from '../../../jobs/hosts/cluster.ts'
import { Observation } from '../../../playbooks/shared/observation.ts'
import type { Scenario } from '../../../playbooks/shared/scenario.ts'
import { scratch } from './commands.ts'

const scenario: Scenario<null> = {
  playbook: 'watchers',
  hosts: [],
  start: () => null,
  answer: (state, host) => ({ state, reply: { stdout: `replayed on ${host}` } }),
}

function open(differs: Partial<ClusterOptions> = {}) {
  const cluster = openCluster({
    name: 'wsg-prod',
    hosts: [
      { name: 'real', addresses: ['127.0.0.1'], roles: ['ceph-admin'], transport: 'local' },
      { name: 'told', addresses: [], roles: [], transport: 'replay' },
    ],
    local: { stateDir: scratch() },
    scenarios: [scenario],
    ...differs,
  })
  onTestFinished(() => cluster.close())
  return cluster
}
const probe = (host: string) => ({
  id: 'p-1',
  host,
  argv: ['echo', 'hi'] as const,
  limitMs: 5000,
  touches: 'x',
})

test('asks each host by its own transport, and says which probe it was', async () => {
  const { run } = open()
  const real = await run(probe('real'))
  expect(Observation.parse(real)).toMatchObject({
    probe: 'p-1',
    host: 'real',
    argv: ['echo', 'hi'],
    stdout: 'hi\n',
  })
  expect(Observation.parse(await run(probe('told')))).toMatchObject({
    host: 'told',
    stdout: 'replayed on told',
  })
})

test('says that a host it does not have is unreachable, and which ones it has', async () => {
  const ran = Observation.parse(await open().run(probe('nowhere')))
  expect(ran).toMatchObject({
    outcome: 'unreachable',
    probe: 'p-1',
    exitCode: null,
    reason: 'cluster wsg-prod has no host nowhere (its hosts: real, told)',
  })
})

test('shows playbooks its hosts, but not how they are reached', () => {
  expect(open().inventory).toEqual({
    cluster: 'wsg-prod',
    hosts: [
      { name: 'real', addresses: ['127.0.0.1'], roles: ['ceph-admin'] },
      { name: 'told', addresses: [], roles: [] },
    ],
  })
})

test('keeps 4 MiB of output unless the probe says otherwise', async () => {
  const { run } = open()
  const flood = { ...probe('real'), argv: ['head', '-c', '5000000', '/dev/zero'] as const }
  expect((await run(flood)).stdout).toHaveLength(4 * 2 ** 20)
  expect((await run({ ...flood, maxBytes: 10 })).stdout).toHaveLength(10)
})

test('passes the cancelling on', async () => {
  expect((await open().run(probe('real'), AbortSignal.abort())).outcome).toBe('cancelled')
})

test('refuses to open when a transport lacks its settings, and says which', () => {
  expect(() =>
    openCluster({ name: 'c', hosts: [{ name: 'h', addresses: [], roles: [], transport: 'local' }] }),
  ).toThrow('Cluster c has hosts reached by `local`, which needs a state folder: local.stateDir.')
})

test('answers from a recording', async () => {
  const observation = { ...(await open().run(probe('told'))), stdout: 'as it was', startedAt: 1 }
  const cluster = openCluster({
    name: 'c',
    hosts: [{ name: 'told', addresses: [], roles: [], transport: 'recorded' }],
    recording: {
      format: 'unwedge-recording-1',
      playbook: 'p',
      args: {},
      inventory: { cluster: 'c', hosts: [] },
      startedAt: 1,
      endedAt: 2,
      observations: [observation],
    },
  })
  expect(await cluster.run(probe('told'))).toEqual(observation)
})

test('asks the next host that can answer when the first cannot be reached, and says who did', async () => {
  const { run } = open()
  const ran = await run({ ...probe('nowhere'), orHosts: ['told', 'real'] })
  expect(ran).toMatchObject({ outcome: 'exited', host: 'told', stdout: 'replayed on told' })
})

test('does not ask another host because a command failed', async () => {
  const { run } = open()
  const ran = await run({ ...probe('real'), argv: ['false'], orHosts: ['told'] })
  expect(ran).toMatchObject({ host: 'real', exitCode: 1 })
})

test('says why the first cannot be reached when none can', async () => {
  const ran = await open().run({ ...probe('nowhere'), orHosts: ['neither'] })
  expect(ran).toMatchObject({ outcome: 'unreachable', host: 'nowhere' })
})
