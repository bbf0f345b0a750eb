import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'unwedge-lab')

/** Of things that no guest has: half of the kernel's package. */
const NOT_NEEDED = [
  'sound',
  ...['gpu', 'media', 'usb', 'infiniband', 'net/wireless', 'net/ethernet'].map((part) => `drivers/${part}`),
]

/**
 * What is in a Debian package, unpacked beside the system and not installed; kept for the next time. Needs apt and its
 * lists; throws what apt says.
 */
export function unpacked(name: string): string {
  const folder = join(CACHE, name)
  if (existsSync(folder)) return folder
  mkdirSync(CACHE, { recursive: true })
  const work = mkdtempSync(join(CACHE, 'new-'))
  try {
    download(name, work)
    const file = readdirSync(work).find((each) => each.endsWith('.deb'))
    if (!file) throw new Error(`apt-get download ${name} left no package`)
    const root = join(work, 'root')
    mkdirSync(root)
    const leaveOut = NOT_NEEDED.map((part) => `--exclude=./lib/modules/*/kernel/${part}`)
    const unpack = 'deb=$1; shift; dpkg-deb --fsys-tarfile "$deb" | tar -x "$@"'
    execFileSync('sh', ['-c', unpack, 'sh', join(work, file), '-C', root, ...leaveOut])
    // another run of the lab may have been quicker
    if (!existsSync(folder)) renameSync(root, folder)
    return folder
  } finally {
    rmSync(work, { recursive: true })
  }
}

function download(name: string, cwd: string): void {
  const apt = (...args: string[]) =>
    execFileSync('apt-get', ['-q', ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  try {
    apt('download', name)
  } catch {
    // the lists are missing, or older than what the mirror has
    apt('update')
    apt('download', name)
  }
}

/** Debian's kernel for virtual and real machines: its image, its modules and their version. */
export function kernel(): { image: string; root: string; version: string } {
  const root = unpacked(kernelPackage())
  const [version] = readdirSync(join(root, 'lib/modules'))
  if (version === undefined) throw new Error(`there are no kernel modules in ${root}`)
  if (!existsSync(join(root, 'lib/modules', version, 'modules.dep')))
    execFileSync('depmod', ['-b', root, version])
  return { root, version, image: join(root, 'boot', `vmlinuz-${version}`) }
}

function kernelPackage(): string {
  const kept = existsSync(CACHE)
    ? readdirSync(CACHE).find((name) => name.startsWith('linux-image-'))
    : undefined
  if (kept !== undefined) return kept
  const meta = 'linux-image-amd64'
  const depends = () =>
    /Depends: (linux-image-\S+)/.exec(execFileSync('apt-cache', ['depends', meta], { encoding: 'utf8' }))?.[1]
  let name: string | undefined
  try {
    name = depends()
  } catch {
    execFileSync('apt-get', ['-q', 'update'], { stdio: ['ignore', 'pipe', 'pipe'] })
    name = depends()
  }
  if (name === undefined) throw new Error(`apt-cache depends ${meta} names no kernel`)
  return name
}
