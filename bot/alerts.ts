import { readFileSync } from 'node:fs'
import type { AlertDesk } from '../handlers/alerts/desk.ts'
import { alertServer, type Source } from '../handlers/alerts/receive.ts'
import { compileRule, planChecks, type Rule } from '../handlers/alerts/rules.ts'
import { readDelivery } from '../handlers/alerts/sources.ts'
import { catalogue } from '../playbooks/catalogue.ts'
import { type AlertsConfig, type Config, ConfigError, loadConfig } from './config.ts'
import { UsageError } from './usage-error.ts'

/** The rules of the configuration. Throws BadRule. */
export function alertRules({ alerts }: Config): Rule[] {
  return Object.entries(alerts?.rules ?? {}).map(([name, raw]) => compileRule(name, raw))
}

/** The endpoint for alerts; undefined when none is configured. Throws ConfigError when a source's secret is not set. */
export function alertEndpoint(
  { alerts }: Config,
  env: NodeJS.ProcessEnv,
  desk: AlertDesk,
  log: { info(data: object, message: string): void; warn(data: object, message: string): void },
): { start(): Promise<void>; stop(): Promise<void> } | undefined {
  if (!alerts) return undefined
  const server = alertServer({ sources: sourcesOf(alerts, env), keep: desk.keep, log })
  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(alerts.port, alerts.host, () => {
          log.info({ address: server.address() }, 'alerts are received')
          resolve()
        })
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function sourcesOf(alerts: AlertsConfig, env: NodeJS.ProcessEnv): Source[] {
  return Object.entries(alerts.sources).map(([name, source]) => {
    const secret = env[source.secret_env]
    if (!secret)
      throw new ConfigError(`alerts.sources.${name}: ${source.secret_env} is not set in the environment`)
    const header = source.hmac_header ?? (source.kind === 'pagerduty' ? 'x-pagerduty-signature' : undefined)
    return {
      name,
      kind: source.kind,
      channel: source.channel ?? alerts.channel,
      proof: header === undefined ? { bearer: secret } : { hmac: secret, header },
    }
  })
}

/** `unwedge alerts test FILE`: what the rules would start for a delivery, without starting it. Returns the exit code. */
export function testAlerts(file: string, flags: { config?: string; source?: string }): number {
  const { config } = loadConfig(flags.config)
  const names = Object.keys(config.alerts?.sources ?? {})
  const name = flags.source ?? names[0]
  const source = name === undefined ? undefined : config.alerts?.sources[name]
  if (!source || name === undefined)
    throw new UsageError(`There is no such source; configured are: ${names.join(', ') || 'none'}.`)
  const update = readDelivery(source.kind, name, JSON.parse(readFileSync(file, 'utf8')), Date.now())
  if (!update) {
    console.log('This delivery says nothing about an incident.')
    return 0
  }
  console.log(`Incident ${update.incident}: ${update.title}`)
  const plans = update.alerts.flatMap((alert) =>
    planChecks(alertRules(config), alert, catalogue).map((plan) => ({ alert, plan })),
  )
  for (const { alert, plan } of plans) {
    const what =
      'problem' in plan
        ? `does not fit: ${plan.problem}`
        : `check ${plan.command.playbook} ${Object.entries(plan.command.args)
            .map(([key, value]) => (key === 'target' ? value : `${key}=${value}`))
            .join(' ')}${plan.command.cluster ? ` cluster=${plan.command.cluster}` : ''}`
    console.log(`${alert.status} ${alert.id}: rule ${plan.rule.name}: ${what}`)
  }
  if (plans.length === 0) console.log('No rule matches; it gets a thread, and no check.')
  return plans.some(({ plan }) => 'problem' in plan) ? 1 : 0
}
