import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { OsdInit } from '../playbooks/shared/ceph/osd-init.ts'
import { Role } from '../playbooks/shared/inventory.ts'

const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/
const SlackUser = z
  .string()
  .regex(/^[UW][A-Z0-9]{2,}$/, 'a Slack user id such as U02ABCDEF (profile → ⋮ → Copy member ID)')

const SshSettings = z.strictObject({
  address: z.string().optional().describe('name or IP address, when it is not the name of the host'),
  user: z.string().optional(),
  port: z.int().min(1).max(65_535).optional(),
  key_file: z.string().startsWith('/', 'an absolute path').optional(),
  known_hosts: z
    .string()
    .startsWith('/', 'an absolute path')
    .optional()
    .describe('host keys that are trusted; unknown ones are refused'),
  jump: z
    .strictObject({
      address: z.string(),
      user: z.string().optional(),
      port: z.int().optional(),
      key_file: z.string().optional(),
      known_hosts: z.string().optional(),
    })
    .optional()
    .describe('the host to go through'),
  become: z
    .enum(['sudo', 'gate'])
    .optional()
    .describe(
      'run every command as root, by `sudo -n`; `gate`: through the script that `unwedge hosts gate` prints, which lets only our commands pass',
    ),
})
export type SshSettings = z.infer<typeof SshSettings>

const HostConfig = z.strictObject({
  addresses: z
    .array(z.union([z.ipv4(), z.ipv6()], 'an IP address'))
    .default([])
    .describe('IP addresses of this host; what a watcher address is matched against'),
  roles: z.array(Role).min(1).describe('what it is used for'),
  lock_roots: z
    .array(z.string().startsWith('/', 'an absolute folder'))
    .default([])
    .describe('folders below which a lock file may be set aside, with approval'),
  transport: z.enum(['local', 'ssh', 'replay']).default('local').describe('how it is reached'),
  ssh: SshSettings.optional().describe('laid over the ssh settings of the cluster'),
})

const ClusterConfig = z.strictObject({
  ssh: SshSettings.optional().describe('how its hosts with `transport: ssh` are reached'),
  ceph: z
    .strictObject({
      conf: z
        .string()
        .startsWith('/', 'an absolute path')
        .optional()
        .describe('ceph.conf on its ceph-admin hosts'),
      user: z.string().optional().describe('Ceph user without "client.", for instance unwedge'),
      osd_init: OsdInit.optional().describe(
        'how its hosts restart an OSD, where they do not show it themselves',
      ),
    })
    .optional(),
  hosts: z
    .record(z.string(), HostConfig)
    .refine((hosts) => Object.keys(hosts).length > 0, 'at least one host'),
})
export type ClusterConfig = z.infer<typeof ClusterConfig>

const AlertsConfig = z.strictObject({
  port: z.int().min(0).max(65535).describe('where alerts are received'),
  host: z
    .string()
    .default('127.0.0.1')
    .describe('the address to listen on; put a proxy with TLS in front of it'),
  channel: z.string().describe('Slack channel id where their threads are opened'),
  sources: z
    .record(
      z.string().regex(NAME, 'a name of small letters, digits and dashes; it is the last part of the URL'),
      z.strictObject({
        kind: z.enum(['alertmanager', 'pagerduty', 'generic']).describe('what the sender speaks'),
        secret_env: z.string().describe('environment variable that holds the bearer token or signing secret'),
        hmac_header: z
          .string()
          .optional()
          .describe('header with an HMAC-SHA256 of the body, instead of a bearer token'),
        channel: z.string().optional().describe('another channel for this source'),
      }),
    )
    .refine((sources) => Object.keys(sources).length > 0, 'at least one source'),
  rules: z
    .record(
      z.string().regex(NAME, 'a name of small letters, digits and dashes'),
      z.strictObject({
        match: z
          .record(z.string(), z.string())
          .describe('label or annotation → regular expression that matches it whole'),
        check: z
          .string()
          .startsWith('check ', 'a check, for instance `check watchers {image} cluster={cluster}`'),
        cooldown_minutes: z.number().min(0).default(30),
        per_hour: z.int().min(1).default(10),
      }),
    )
    .default({}),
})
export type AlertsConfig = z.infer<typeof AlertsConfig>

/** This machine as a cluster of one host, and the replayed incidents; what there is where nothing is configured. */
export const BUILT_IN = ['local', 'demo']

/** unwedge.yaml, validated. Secrets are not in it: tokens come from the environment, keys from files. */
export const Config = z.strictObject({
  slack: z
    .strictObject({
      mode: z.enum(['socket', 'http']).default('socket').describe('how Slack reaches the bot'),
      command: z
        .string()
        .regex(/^\/[a-z0-9_-]{1,31}$/, 'a slash command of at most 32 characters, for instance /unwedge')
        .default('/unwedge'),
      port: z.int().min(0).max(65535).default(3000).describe('http mode: where the bot listens'),
      path: z.string().startsWith('/').default('/slack/events').describe('http mode: request URL path'),
    })
    .prefault({}),
  redis: z.strictObject({ url: z.string().optional() }).prefault({}).describe('REDIS_URL wins over it'),
  state_dir: z.string().optional().describe('where the bot and the worker keep what must survive a restart'),
  clusters: z
    .record(z.string().regex(NAME, 'a name of small letters, digits and dashes'), ClusterConfig)
    .default({}),
  default_cluster: z.string().optional().describe('the cluster that is meant when a command names none'),
  channels: z
    .record(z.string(), z.string())
    .default({})
    .describe('Slack channel id → cluster that is meant there'),
  approvals: z
    .strictObject({
      approvers: z.array(SlackUser).default([]).describe('who may approve remedies'),
      playbooks: z.record(z.string(), z.strictObject({ approvers: z.array(SlackUser).min(1) })).default({}),
      expire_minutes: z
        .number()
        .min(0.01)
        .max(24 * 60)
        .default(15)
        .describe('how long an offer can be approved'),
      run_minutes: z
        .number()
        .min(0.01)
        .max(60)
        .default(5)
        .describe('no step starts later than this after the approval'),
    })
    .prefault({}),
  checks: z
    .strictObject({
      wait_minutes: z
        .number()
        .min(0.01)
        .max(24 * 60)
        .default(10)
        .describe('how long a check waits for a worker before it is taken back'),
    })
    .prefault({}),
  alerts: AlertsConfig.optional(),
  signing: z
    .strictObject({
      private_key_file: z.string().optional().describe('bot only'),
      public_key_file: z.string().optional().describe('worker only'),
    })
    .prefault({}),
  log_level: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
})
export type Config = z.infer<typeof Config>

/** A configuration that cannot be used: names the file, the path in it, and what was expected. */
export class ConfigError extends Error {
  readonly code = 'bad-config'
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ConfigError'
  }
}

/** Where what must survive a restart is kept: as configured, else in the user's own state folder (XDG). */
export function stateDirOf(config: Config, env: NodeJS.ProcessEnv = process.env): string {
  return config.state_dir ?? join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'unwedge')
}

export type LoadedConfig = { config: Config; file: string | undefined }

/**
 * Reads the configuration: `--config`, else UNWEDGE_CONFIG, else ./unwedge.yaml when it is there, else the defaults.
 * Throws ConfigError.
 */
export function loadConfig(flag: string | undefined, env: NodeJS.ProcessEnv = process.env): LoadedConfig {
  const named = flag ?? (env.UNWEDGE_CONFIG || undefined)
  const file = named ?? 'unwedge.yaml'
  if (named === undefined && !existsSync(file)) return { config: Config.parse({}), file: undefined }
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new ConfigError(
      `${file}: cannot be read (${(cause as NodeJS.ErrnoException).code}). Give the right path with --config or UNWEDGE_CONFIG.`,
      { cause },
    )
  }
  return { config: parseConfig(text, file), file }
}

/** The text of a configuration file → its value. Throws ConfigError, one line per problem. */
export function parseConfig(text: string, file: string): Config {
  const document = parseDocument(text, { prettyErrors: true })
  const broken = document.errors[0]
  if (broken) throw new ConfigError(`${file}: not valid YAML: ${broken.message}`)
  const parsed = Config.safeParse(document.toJS() ?? {})
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${file}: ${pathOf(issue.path)}: ${expectation(issue)}`,
    )
    throw new ConfigError(problems.join('\n'))
  }
  const { clusters, default_cluster, channels } = parsed.data
  // without clusters of one's own there are the built-in ones
  const names = Object.keys(clusters).length > 0 ? Object.keys(clusters) : BUILT_IN
  const dangling = [
    ['default_cluster', default_cluster] as const,
    ...Object.entries(channels).map(([id, name]) => [`channels.${id}`, name] as const),
  ]
  for (const [path, name] of dangling) {
    if (name !== undefined && !names.includes(name))
      throw new ConfigError(
        `${file}: ${path}: expected one of the clusters (${names.join(', ') || 'there are none'}), got ${JSON.stringify(name)}`,
      )
  }
  return parsed.data
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? '(top level)' : path.map(String).join('.')
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `unknown key ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`
  if (issue.code === 'invalid_value') return `expected one of ${issue.values.map(String).join(', ')}`
  return issue.message.startsWith('Invalid')
    ? issue.message.replace(/^Invalid input: /, '')
    : `expected ${issue.message}`
}
