import { programsOf } from '../../pasted/program.ts'
import { shellWords } from '../../pasted/words.ts'
import type { Line, Passage } from '../../triage.ts'

/** Output that belongs to one Ceph command, or to none that is known. */
export type Section = {
  command: CephCommand | undefined
  /** any other program that was typed: `ss`, `lsof`, `cat` */
  program: string | undefined
  args: readonly string[]
  host: string | undefined
  lines: readonly Line[]
}

/** `ceph`, `rbd` or `rados` with its words; options stand apart. */
export type CephCommand = {
  program: 'ceph' | 'rbd' | 'rados'
  words: readonly string[]
  options: ReadonlyMap<string, string>
  line: number | undefined
}

const VALUES =
  /^(?:-[pcmkNnfidj]|--(?:pool|namespace|image|cluster|conf|id|name|user|keyring|format|connect-timeout|client_mount_timeout|rados-osd-op-timeout|snap|size|lock-tag|shared|mon-host|mon_host))$/

/** A command that stands in the text without a prompt, as people write down what they did. */
const BARE =
  /^\s*(?:[$#%]\s+)?(?:sudo\s+)?(?:(?:ceph\s+(?:-[sw]\b|-\S+\s|osd|pg|health|status|tell|daemon|crash|mon|mgr|versions|df|config|fs|-c)\b|rbd\s+(?:-p|status|info|lock|ls|list|snap|children|showmapped|device|map|unmap|mirror|trash|feature)\b|rados\s+(?:-p|--pool|listwatchers|getomapval|df|lspools)\b)|ceph -s\s*$)/

/** Commands that print no line of one word: such a line below them is the end of the command, broken off by a terminal. */
const WORDY =
  /^(?:listwatchers|getomapval|info|lock|snap|mirror|status|osd (?:bl[ao]cklist (?:add|rm)|ok-to-stop|find|metadata|map)|pg \S+ query|tell|daemon|crash info)\b/

function whole({ command, host, lines }: Passage): Pick<Passage, 'command' | 'host' | 'lines'> {
  const [first, ...others] = lines
  const [, end = '', options = ''] =
    /^\s*((?!ok$)[\w.:/@-]{0,60}[\w/@])?((?:\s+|^\s*)--?\w.*)?$/.exec(first?.text ?? '') ?? []
  const words = sectionOf(command, host, undefined).command?.words.join(' ') ?? ''
  if (!command || !WORDY.test(words) || (end === '' && options === '')) return { command, host, lines }
  const last = command.at(-1)!
  const joined = end === '' ? [last] : VERB.test(last) ? [last, end] : [last + end]
  return { command: [...command.slice(0, -1), ...joined, ...shellWords(options).words], host, lines: others }
}

/** A word that another has to follow: the break was between the two. */
const VERB = /^(?:listwatchers|status|info|ls|list|add|rm|find|metadata|query|rbd_directory)$/

/** Passages, split again where a Ceph command stands in them without a prompt. */
export function sectionsOf(passages: readonly Passage[]): Section[] {
  return passages.map(whole).flatMap((passage) => {
    const sections: Section[] = []
    let section = sectionOf(passage.command, passage.host, undefined)
    let lines: Line[] = []
    for (const line of passage.lines) {
      if (line.text.length > 500 || !BARE.test(line.text) || /[:…]\s*$/.test(line.text)) {
        lines.push(line)
        continue
      }
      sections.push({ ...section, lines })
      section = sectionOf(shellWords(line.text.replace(/^\s*[$#%]\s+/, '')).words, passage.host, line.n)
      lines = []
    }
    return [...sections, { ...section, lines }]
  })
}

function sectionOf(
  words: readonly string[] | undefined,
  host: string | undefined,
  line: number | undefined,
): Section {
  const none = { command: undefined, program: undefined, args: [], host, lines: [] }
  const programs = programsOf(words ?? [])
  const ceph = programs.find(({ name }) => name === 'ceph' || name === 'rbd' || name === 'rados')
  const [first] = programs
  if (!ceph) return first ? { ...none, program: first.name, args: first.args } : none
  const { words: plain, options } = split(ceph.args)
  const program = ceph.name as CephCommand['program']
  return { ...none, program, args: ceph.args, command: { program, words: plain, options, line } }
}

function split(args: readonly string[]): { words: string[]; options: Map<string, string> } {
  const words: string[] = []
  const options = new Map<string, string>()
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at]!
    const [, name, value] = /^(--[\w-]+)=(.*)$/s.exec(arg) ?? []
    if (name !== undefined) options.set(name, value ?? '')
    else if (VALUES.test(arg) && args[at + 1] !== undefined) {
      options.set(arg, args[at + 1]!)
      at += 1
    } else if (arg.startsWith('-') && arg.length > 1) options.set(arg, '')
    else words.push(arg)
  }
  return { words, options }
}

export type ImageName = {
  pool: string | undefined
  namespace: string | undefined
  image: string
  snap: string | undefined
}

/** The image that an `rbd` command names: `rbd -p P status IMAGE`, `rbd info P/NS/IMAGE@SNAP`, `--image`. */
export function imageIn(command: CephCommand, spec: string | undefined): ImageName | undefined {
  const text = spec ?? command.options.get('--image')
  const [, pool, namespace, image, snap] =
    /^(?:([^/@]+)\/)?(?:([^/@]+)\/)?([^/@]+)(?:@([^/@]+))?$/.exec(text ?? '') ?? []
  if (image === undefined) return undefined
  return {
    pool: pool ?? command.options.get('-p') ?? command.options.get('--pool'),
    namespace: namespace ?? command.options.get('--namespace'),
    image,
    snap,
  }
}
