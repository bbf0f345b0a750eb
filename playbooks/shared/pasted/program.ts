const OPERATORS = new Set(['|', '||', '&&', '|&', ';', '&', '(', ')'])
const REDIRECTION = /^(?:\d?>>?(?:&\d|&-)?|<<?<?|&>>?)$/

/** Programs that run another one → their options that take a value. */
const WRAPPERS: Record<string, readonly string[]> = {
  sudo: ['-u', '-g', '-h', '-p', '-C', '-T', '-U', '-r', '-t', '--user', '--group'],
  doas: ['-u', '-C'],
  time: ['-f', '-o'],
  timeout: ['-k', '-s', '--kill-after', '--signal'],
  nice: ['-n'],
  ionice: ['-c', '-n'],
  nohup: [],
  stdbuf: ['-i', '-o', '-e'],
  env: ['-u', '-C'],
  watch: ['-n', '--interval', '-t'],
  chroot: [],
  strace: ['-e', '-o', '-p', '-s'],
  nsenter: ['-t', '--target'],
}

/** One program of a command line and its arguments, without what only runs or redirects it. */
export type Program = {
  name: string
  args: readonly string[]
  /** where `ssh`, `clush`, `pdsh` or `onnode` run it, as typed; undefined: here */
  on: string | undefined
}

/**
 * The programs of a command in order: `sudo time ceph osd blocklist ls | sort` → ceph (osd, blocklist, ls), sort ().
 * `sudo`, `time`, `timeout 5`, `VAR=x`, redirections, `ssh HOST`, `docker exec X`, `cephadm shell --` are taken off,
 * and the folder of `/usr/bin/ceph`. Empty: nothing was typed, or only an assignment.
 */
export function programsOf(command: readonly string[]): Program[] {
  const programs: Program[] = []
  let part: string[] = []
  for (const word of [...command, ';']) {
    if (!OPERATORS.has(word)) {
      part.push(word)
      continue
    }
    const program = programOf(withoutRedirections(part), undefined)
    if (program) programs.push(program)
    part = []
  }
  return programs
}

function withoutRedirections(words: readonly string[]): string[] {
  return words.filter((word, at) => {
    if (REDIRECTION.test(word)) return false
    const before = words[at - 1]
    return before === undefined || !REDIRECTION.test(before) || /&[\d-]$/.test(before)
  })
}

function programOf(words: readonly string[], on: string | undefined): Program | undefined {
  const [first, ...rest] = words
  if (first === undefined) return undefined
  if (/^[A-Za-z_]\w*=/.test(first)) return programOf(rest, on)
  const name = first.replace(/^.*\/(?=[^/]+$)/, '')
  if (['do', 'then', '!', '{', 'command', 'exec', 'busybox'].includes(name)) return programOf(rest, on)
  if (Object.hasOwn(WRAPPERS, name)) return programOf(inner(name, rest), on) ?? { name, args: rest, on }
  if (['ssh', 'clush', 'pdsh', 'pssh', 'onnode'].includes(name))
    return farAway(name, rest) ?? { name, args: rest, on }
  const contained = inContainer(name, rest)
  return (contained && programOf(contained, on)) ?? { name, args: rest, on }
}

function inner(name: string, args: readonly string[]): readonly string[] {
  let at = 0
  while (at < args.length && args[at]!.startsWith('-')) {
    if (args[at] === '--') return args.slice(at + 1)
    at += WRAPPERS[name]!.includes(args[at]!) ? 2 : 1
  }
  // `timeout 5 ceph …`, `chroot /mnt ls`: one word of their own
  if (name === 'timeout' || name === 'chroot') at += 1
  return args.slice(at)
}

const SSH_VALUES = /^-[bcDEeFIiJLlmOopQRSWw]$/
const FAN_OUT_VALUES = /^-[wxgtufol]$|^--(?:nodes|group|worker)$/

/** `ssh -p 22 root@h cat /x`, `clush -w n[1-4] cat /x`, `onnode -p all ctdb status`. */
function farAway(name: string, args: readonly string[]): Program | undefined {
  let at = 0
  let target: string | undefined
  const values = name === 'ssh' ? SSH_VALUES : FAN_OUT_VALUES
  for (; at < args.length && args[at]!.startsWith('-'); at += 1) {
    const taken = name === 'onnode' ? false : values.test(args[at]!)
    if (name !== 'ssh' && args[at] === '-w') target = args[at + 1]
    if (taken) at += 1
  }
  if (name === 'ssh' || name === 'onnode') {
    target = args[at]
    at += 1
  }
  const on = target?.replace(/^[^@]*@/, '')
  const words = args.slice(at)
  // ssh 'one quoted command'
  return programOf(words.length === 1 ? words[0]!.trim().split(/\s+/) : words, on)
}

function inContainer(name: string, args: readonly string[]): readonly string[] | undefined {
  const dashes = args.indexOf('--')
  if (name === 'cephadm' && args[0] === 'shell') return dashes >= 0 ? args.slice(dashes + 1) : undefined
  if (name === 'kubectl' || name === 'oc')
    return args.includes('exec') && dashes >= 0 ? args.slice(dashes + 1) : undefined
  if ((name === 'docker' || name === 'podman' || name === 'crictl') && args[0] === 'exec') {
    const container = args.findIndex((word, at) => at > 0 && !word.startsWith('-'))
    return container > 0 ? args.slice(container + 1) : undefined
  }
  return undefined
}
