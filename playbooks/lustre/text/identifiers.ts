import { errnoOf } from '../../shared/linux/errno.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import type { Line } from '../../shared/triage.ts'
import { fsnameOf } from '../imports.ts'
import { parseMountSpec, parseNid } from '../nid.ts'
import { formatResourceId, mgsLogOf, parseResourceId, resourceWord } from '../resource-id.ts'

/** A line that Lustre, its network or its tools can have written. */
export const OURS =
  /\b(?:Lustre|LNet)(?:Error)?\b|\blustre\b|\blctl\b|\blfs\b|lnetctl|\bMG[CS]|@(?:o2ib|tcp|gni|kfi|ptl)\d*\b|-(?:OST|MDT)[0-9a-f]{4}|ldlm_|ptlrpc|\[0x[0-9a-f]+:0x[0-9a-f]+:0x[0-9a-f]+\]/

const NID =
  /(?<![\w.@-])(?:(?:MGC|\d{3,5}-)(?=[\w.:]+@))?([A-Za-z0-9][\w.-]*|[0-9a-f]*:[0-9a-f:]+)@((?:o2ib|tcp|gni|kfi|ptl|ra|elan|vib|mx|efa)\d*)(?![\w.])/g
const TARGET = /(?<![\w.-])([A-Za-z0-9_][\w.-]{0,7})-((?:OST|MDT)[0-9a-f]{4})(?![0-9a-f])/g
const RESOURCE =
  /\[0x[0-9a-f]{1,16}:(?:0x)?[0-9a-f]{1,16}:(?:0x)?[0-9a-f]{1,16}\](?:\.(?:0x)?[0-9a-f]{1,16})?/gi
const DECIMAL = /\bres: (\d{6,20}\/\d+)/g
const CODE =
  /\brc:? (?:= )?(-\d{1,3})\b|\((-\d{1,3})\)|\bfailed(?: from MGS)?(?: with| \()? ?(-\d{1,3})\b|\bstatus (-\d{1,3})\b|\berror (-\d{1,3})\b|\(rc (-\d{1,3})\)/g

/** Every identifier of Lustre in one line, decoded where it holds a name. */
export function tellIdentifiers(text: string, line: Line, host: string | undefined, tell: Teller): void {
  for (const [whole, rawName = '', net = ''] of text.matchAll(NID))
    tellNid(whole, rawName.replace(/^MGC/, ''), net, line, tell)
  for (const [, fsname = '', part] of text.matchAll(TARGET)) {
    tell.fact('targets', { name: `${fsname}-${part}`, host })
    tellFileSystem(fsname, `${fsname}-${part}`, tell)
  }
  for (const [, profile = ''] of text.matchAll(/(?<![\w.-])([A-Za-z0-9_][\w.-]{0,7})-client\b/g))
    tellFileSystem(profile, `${profile}-client`, tell)
  for (const [id] of text.matchAll(RESOURCE)) tellResource(id, tell)
  for (const [, id = ''] of text.matchAll(DECIMAL)) tellResource(id, tell)
  for (const [, source = ''] of text.matchAll(/(?<![\w@.:,-])([\w.-]+@\S+:\/[\w.-]{1,8})(?![\w.-])/g)) {
    const spec = parseMountSpec(source.replace(/[,;)]+$/, ''))
    if (spec) tellFileSystem(spec.fsname, source, tell)
  }
  for (const match of text.matchAll(CODE)) {
    const number = match.slice(1).find((each) => each !== undefined)!
    const known = errnoOf(number)
    tell.fact('errors', known ?? { code: number })
  }
}

function tellNid(whole: string, name: string, net: string, line: Line, tell: Teller): void {
  // an address of only digits and dots is a whole one, or lacks something
  const numbers = /^[\d.]+$/.test(name)
  const isAddress =
    /^(?:\d{1,3}\.){3}\d{1,3}$/.test(name) && name.split('.').every((part) => Number(part) < 256)
  if (numbers && !isAddress && !/^(?:gni|kfi|ptl|ra|elan)/.test(net)) {
    tell.refuse(line, 'an address with a part missing is no NID', whole)
    return
  }
  const nid = parseNid(`${name}@${net}`)
  if (nid !== undefined) tell.fact('nids', { nid })
}

function tellResource(text: string, tell: Teller): void {
  const id = parseResourceId(text)
  const log = id && mgsLogOf(id)
  if (!log) {
    if (text.startsWith('[')) tell.fact('fids', { fid: text.replace(/\]\..*$/, ']') })
    return
  }
  const word = resourceWord(log.name)
  const isFileSystem = log.kind === 'config' || log.kind === 'recover'
  tell.fact('resources', {
    id: text,
    decoded: log.name,
    kind: log.kind,
    ...(word !== undefined && {
      hex: `0x${word.toString(16)}`,
      decimal: String(word),
      canonical: formatResourceId(id),
    }),
  })
  if (isFileSystem) tellFileSystem(log.name, text, tell)
}

/** Logs of the MGS that are called like a file system, and are none. */
export const NO_FILE_SYSTEM = /^(?:params|nodemap|MGS|MGC|barrier|recover)$/

function tellFileSystem(name: string, from: string, tell: Teller): void {
  if (!NO_FILE_SYSTEM.test(name) && fsnameOf(`${name}-OST0000`) === name)
    tell.fact('fileSystems', { name, from })
}
