import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The text of a fixture; fixtures/README.md says where each is from. */
export function fixture(name: string): string {
  return readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8')
}
