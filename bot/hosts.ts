import { checkHosts, type HostCheck } from '../jobs/hosts/check-hosts.ts'
import { toolsOf } from '../jobs/hosts/tools.ts'
import { clusterNames } from './clusters.ts'
import { loadConfig } from './config.ts'
import { gateVersions } from './gate.ts'
import { openNamed } from './open-cluster.ts'

/** `unwedge hosts check`: 0 every host can be reached and has its tools and its gate, 1 not. */
export async function checkHostsInTerminal(flags: {
  config?: string
  cluster?: string
  json?: boolean
}): Promise<number> {
  const { config } = loadConfig(flags.config)
  const names = flags.cluster === undefined ? clusterNames(config) : [flags.cluster]
  const checks = await Promise.all(
    names.map(async (name) => {
      const cluster = await openNamed(config, name, (problem) => console.error(problem))
      try {
        const found = await checkHosts(cluster, {
          toolsFor: ({ roles }) => roles.flatMap(toolsOf),
          gateOf: await gateVersions(config, cluster),
        })
        return found.map((check) => ({ cluster: name, ...check }))
      } finally {
        await cluster.close()
      }
    }),
  )
  const all = checks.flat()
  console.log(
    flags.json
      ? JSON.stringify(all, null, 2)
      : all.map((check) => `${check.cluster}/${lineOf(check)}`).join('\n'),
  )
  return all.every((check) => check.latencyMs !== null && missing(check).length === 0 && gateHolds(check))
    ? 0
    : 1
}

function missing({ tools }: HostCheck): string[] {
  return Object.entries(tools).flatMap(([tool, path]) => (path === null ? [tool] : []))
}

const gateHolds = ({ gate }: HostCheck) =>
  gate === undefined || gate.state === 'current' || gate.state === 'checks-only'

function gateText({ host, gate }: HostCheck): string {
  if (gate === undefined) return ''
  switch (gate.state) {
    case 'current':
      return '; gate: current'
    case 'checks-only':
      return '; gate: for checks only, remedies are refused'
    case 'other':
      return `; gate: of another version (${gate.why}); install the one that \`unwedge hosts gate ${host}\` prints`
    case 'unusable':
      return `; gate: ${gate.why}`
  }
}

function lineOf(check: HostCheck): string {
  if (check.latencyMs === null) return `${check.host}: not reachable: ${check.whyNot ?? 'no reason given'}`
  const without = missing(check)
  const usable = check.roles.filter((role) => toolsOf(role).every((tool) => !without.includes(tool)))
  const gaps = without.length === 0 ? '' : `; missing: ${without.join(', ')}`
  return `${check.host}: reachable (${Math.round(check.latencyMs)} ms), usable as ${usable.join(', ') || 'nothing'}${gaps}${gateText(check)}`
}
