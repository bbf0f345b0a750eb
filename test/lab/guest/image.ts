import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { kernel } from './packages.ts'
import { copyPerl, copyPrograms } from './programs.ts'

export type Image = {
  /** names of kernel modules that may be loaded; what they need comes along */
  modules: readonly string[]
  /** names of programs; the libraries they need come along */
  programs: readonly string[]
  /** unpacked packages whose programs are used before this machine's */
  packages: readonly string[]
  /** path without the first slash → text */
  files: Readonly<Record<string, string>>
  /** the same → file of this machine */
  copies: Readonly<Record<string, string>>
  /** what is run first, and for ever */
  init: string
}

/** What every guest can do: the tools of an ordinary Debian server that the playbooks use, and busybox for the rest. */
const PROGRAMS =
  'busybox dash kmod sshd perl mount umount ps grep find cat stat readlink dmesg kill sleep setsid timeout env id ls mkdir rm mv cp touch chmod head tail wc cut tr sed uname date dd printf true echo sync'
const BUSYBOX = 'ip poweroff awk test [ expr'
const LINKS = { sh: 'dash', modprobe: 'kmod', insmod: 'kmod', lsmod: 'kmod' }
const MODULES = ['virtio_pci', 'virtio_net', 'virtio_rng', 'crc32c_generic', 'libcrc32c', 'crct10dif_generic']

/** Writes an initramfs (cpio, not packed: unpacking is slow without hardware help) to `file`. */
export function makeImage(image: Image, root: string, file: string): void {
  const folders = 'usr/bin usr/lib usr/lib64 proc sys dev run tmp mnt root/.ssh etc var/lib var/log'
  for (const folder of folders.split(' ')) mkdirSync(join(root, folder), { recursive: true })
  for (const name of ['bin', 'sbin', 'usr/sbin']) symlinkSync('/usr/bin', join(root, name))
  symlinkSync('usr/lib', join(root, 'lib'))
  symlinkSync('usr/lib64', join(root, 'lib64'))
  copyPrograms([...new Set([...PROGRAMS.split(' '), ...image.programs])], image.packages, root)
  const links = [...Object.entries(LINKS), ...BUSYBOX.split(' ').map((name) => [name, 'busybox'] as const)]
  for (const [name, to] of links)
    if (!existsSync(join(root, 'usr/bin', name))) symlinkSync(to, join(root, 'usr/bin', name))
  copyPerl(root)
  copyModules([...MODULES, ...image.modules], root)
  for (const [path, text] of Object.entries({ ...image.files, init: image.init })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  for (const [path, from] of Object.entries(image.copies)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    copyFileSync(from, join(root, path))
  }
  chmodSync(join(root, 'init'), 0o755)
  execFileSync('sh', ['-c', 'find . | cpio -o -H newc --quiet > "$1"', 'sh', file], { cwd: root })
}

/** These modules, those they need, and the lists by which modprobe finds them. */
function copyModules(names: readonly string[], to: string): void {
  const { root, version } = kernel()
  const files = new Set<string>()
  for (const name of names) {
    const said = execFileSync('modprobe', ['-d', root, '-S', version, '-D', name], { encoding: 'utf8' })
    for (const [, file] of said.matchAll(/^insmod (\S+)/gm)) files.add(file!)
  }
  for (const file of files) {
    const inside = file.slice(file.indexOf('/lib/modules/'))
    mkdirSync(dirname(join(to, inside)), { recursive: true })
    copyFileSync(file, join(to, inside))
  }
  const folder = join('lib/modules', version)
  for (const list of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo'])
    if (existsSync(join(root, folder, list))) copyFileSync(join(root, folder, list), join(to, folder, list))
  execFileSync('depmod', ['-b', to, version])
}
