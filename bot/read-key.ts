import { readFileSync } from 'node:fs'
import { ConfigError } from './config.ts'

/** The text of a signing key file. Throws ConfigError. */
export function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new ConfigError(
      `${file}: the signing key cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      { cause },
    )
  }
}
