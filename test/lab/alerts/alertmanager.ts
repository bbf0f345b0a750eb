import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Served, serve } from '../../../jobs/hosts/serve.ts'
import { freePort } from '../../e2e/stand.ts'
import { capture } from '../ceph/cluster.ts'

/** Debian's prometheus-alertmanager on loopback; its webhook goes to this address. */
export type Alertmanager = {
  /** `amtool alert add`: `name=value` pairs, and more options */
  fire(labels: Record<string, string>, ...options: string[]): Promise<void>
  /** the same alert ends now */
  resolve(labels: Record<string, string>): Promise<void>
  /** what it wrote, line by line */
  log: string[]
  stop(): Promise<void>
}

/** Starts it with a configuration of its own: groups by alertname and cluster, quick to tell. */
export async function startAlertmanager(webhook: string, token: string): Promise<Alertmanager> {
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-alertmanager-'))
  const config = join(folder, 'alertmanager.yml')
  writeFileSync(config, configuration(webhook, token))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const log: string[] = []
  const amtool = async (...args: string[]) => {
    const ran = await capture('amtool', [`--alertmanager.url=${url}`, ...args], {
      PATH: process.env.PATH,
      HOME: folder,
    })
    if (ran.exitCode !== 0) throw new Error(`amtool ${args.join(' ')}: ${ran.stderr || ran.stdout}`)
  }
  const pairs = (labels: Record<string, string>) =>
    Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  let server: Served<true>
  try {
    server = await serve<true>({
      name: 'prometheus-alertmanager',
      argv: [
        'prometheus-alertmanager',
        `--config.file=${config}`,
        `--storage.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
      ],
      env: { PATH: process.env.PATH, HOME: folder },
      ready: (line) => /Listening on|msg=Listening/.test(line) || undefined,
      readyWithinMs: 20_000,
      log: (line) => void log.push(line),
    })
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  return {
    log,
    fire: (labels, ...options) => amtool('alert', 'add', ...pairs(labels), ...options),
    resolve: (labels) => amtool('alert', 'add', ...pairs(labels), `--end=${new Date().toISOString()}`),
    stop: async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function configuration(webhook: string, token: string): string {
  return `route:
  receiver: unwedge
  group_by: [alertname, cluster]
  group_wait: 1s
  group_interval: 2s
  # also what did not change is sent again, all the time
  repeat_interval: 2s
receivers:
- name: unwedge
  webhook_configs:
  - url: ${webhook}
    send_resolved: true
    http_config: { authorization: { type: Bearer, credentials: ${token} } }
`
}
