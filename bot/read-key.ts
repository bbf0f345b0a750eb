import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { verify } from '../jobs/signing.ts'
import { ConfigError } from './config.ts'

/** The text of a signing key file; whoever starts with a key that can't be used would fail only at the first approval. Throws ConfigError. */
export function readKey(file: string, half: 'private' | 'public'): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new ConfigError(
      `${file}: the signing key cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      { cause },
    )
  }
  const problem = half === 'public' ? publicProblem(text) : privateProblem(text)
  if (problem !== undefined) throw new ConfigError(`${file}: ${problem}`)
  return text
}

function publicProblem(text: string): string | undefined {
  try {
    // no request, but it looks at the key first
    verify(undefined, text, 0)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function privateProblem(text: string): string | undefined {
  try {
    if (createPrivateKey(text).asymmetricKeyType === 'ed25519') return undefined
  } catch {
    // said below; the error could quote the key
  }
  return 'expected an Ed25519 private key in PEM; `unwedge config keys FOLDER` makes a pair'
}
