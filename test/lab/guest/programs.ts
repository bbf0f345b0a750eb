import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Programs and their libraries, those of unpacked packages before this machine's; throws for one that nobody has. */
export function copyPrograms(names: readonly string[], packages: readonly string[], root: string): void {
  const found = names.map((name) => programCalled(name, packages))
  for (const file of found) {
    copyFileSync(realpathSync(file), join(root, 'usr/bin', basename(file)))
    chmodSync(join(root, 'usr/bin', basename(file)), 0o755)
  }
  let needs = ''
  for (const file of found) needs += librariesOf(file)
  for (const library of new Set(needs.match(/\/\S+\.so\S*/g))) {
    const to = join(root, library.startsWith('/usr/') ? library : join('/usr', library))
    mkdirSync(dirname(to), { recursive: true })
    if (!existsSync(to)) copyFileSync(realpathSync(library), to)
  }
}

/** The part of perl's library that every Debian has (perl-base); Fcntl and strict are all that the remedies need. */
export function copyPerl(root: string): void {
  const find = 'print((grep { -e "$_/Fcntl.pm" && -e "$_/strict.pm" } @INC)[0])'
  const folder = execFileSync('perl', ['-e', find], { encoding: 'utf8' })
  mkdirSync(join(root, folder), { recursive: true })
  execFileSync('cp', ['-aL', `${folder}/.`, join(root, folder)])
}

/** ldd fails for a program without libraries. */
function librariesOf(file: string): string {
  try {
    return execFileSync('ldd', [file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return ''
  }
}

const FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin']

function programCalled(name: string, packages: readonly string[]): string {
  const places = [...packages.flatMap((folder) => FOLDERS.map((each) => join(folder, each))), ...FOLDERS]
  const found = places.map((folder) => join(folder, name)).find((file) => existsSync(file))
  if (found === undefined) throw new Error(`there is no program ${name} for the guest`)
  return found
}
