import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { createKeyPair } from '../jobs/signing.ts'
import { Config, loadConfig } from './config.ts'
import { UsageError } from './usage-error.ts'

/** Throws ConfigError; otherwise says what was read. */
export function checkConfig(flag: string | undefined): string {
  const { config, file } = loadConfig(flag)
  if (file === undefined)
    return 'There is no unwedge.yaml here; the defaults apply: this machine is the one host.'
  const clusters = Object.entries(config.clusters).map(
    ([name, { hosts }]) => `${name} (${Object.keys(hosts).length} hosts)`,
  )
  return `${file} is right: ${clusters.join(', ') || 'no clusters'}; ${config.approvals.approvers.length} approvers.`
}

export function configSchema(): string {
  return JSON.stringify(z.toJSONSchema(Config, { io: 'input' }), null, 2)
}

/** Writes bot.key (for the bot alone) and bot.pub (for workers). Never overwrites. */
export function writeKeys(folder: string): string {
  const [secret, open] = [join(folder, 'bot.key'), join(folder, 'bot.pub')]
  for (const file of [secret, open])
    if (existsSync(file)) throw new UsageError(`${file} is there already; I don't overwrite keys.`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const pair = createKeyPair()
  writeFileSync(secret, pair.privateKey, { mode: 0o600 })
  writeFileSync(open, pair.publicKey, { mode: 0o644 })
  return `signing.private_key_file: ${secret}   (the bot's unwedge.yaml)\nsigning.public_key_file: ${open}   (the workers' unwedge.yaml)`
}
