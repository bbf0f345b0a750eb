import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** The folders that hold what we write. */
export const FOLDERS = ['bot', 'handlers', 'jobs', 'playbooks', 'test']

/** Every .ts file in these folders, relative to the root, sorted. */
export function sources(folders = FOLDERS): string[] {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true }),
  )
  return files
    .filter((file) => file.isFile() && file.name.endsWith('.ts'))
    .map((file) => relative(root, join(file.parentPath, file.name)))
    .sort()
}

export type Ran = { exitCode: number; stdout: string; stderr: string }

/** Runs one of our tools with this Node; never throws for what the tool finds. */
export function run(tool: string, args: string[], cwd = root): Promise<Ran> {
  const argv = [join(root, 'node_modules', tool), ...args]
  const limits = { cwd, timeout: 120_000, maxBuffer: 64 * 2 ** 20 }
  return new Promise((resolve) => {
    execFile(process.execPath, argv, limits, (error, stdout, stderr) =>
      resolve({ exitCode: error ? Number(error.code ?? -1) : 0, stdout, stderr }),
    )
  })
}

/** A folder with copies of these files of ours and with these texts; gone after `use`. */
export async function withTree(
  copies: string[],
  texts: Record<string, string>,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-tree-'))
  try {
    for (const name of copies) cpSync(join(root, name), join(folder, name), { recursive: true })
    for (const [name, text] of Object.entries(texts)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
