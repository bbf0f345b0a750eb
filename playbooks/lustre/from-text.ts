import { readable } from '../shared/linux/pasted-rows.ts'
import { tellerOf } from '../shared/linux/telling.ts'
import { NOTHING_TO_JUDGE } from '../shared/pasted/merge.ts'
import type { Line, Passage, Reader, Told } from '../shared/triage.ts'
import { OURS, tellIdentifiers } from './text/identifiers.ts'
import { readImportBlocks } from './text/imports.ts'
import { readLfsCheck, readLfsDf } from './text/lfs.ts'
import { readLnetctl } from './text/lnetctl.ts'
import { readLog } from './text/log.ts'
import { readLustreMounts } from './text/mounts.ts'
import { readParameters } from './text/parameters.ts'
import { readDevices, readLnet } from './text/tools.ts'

/**
 * The kernel's log of clients and servers, mount.lustre, and what lctl, lfs and lnetctl print. NIDs, targets, resource ids
 * and error numbers are told from every line that is Lustre's, decoded.
 */
export const lustreReader: Reader = {
  playbook: 'lustre',
  wants:
    /lustre|\blnet|\bMG[CS]|@(?:o2ib|tcp|gni|kfi|ptl)\d*\b|-(?:OST|MDT)[0-9a-f]{4}|ldlm_|ptlrpc|health_check|recovery_status|IOC_LIBCFS/i,
  read,
}

function read(passages: readonly Passage[], now: number): Told {
  const tell = tellerOf('lustre')
  const own = passages.map((whole) => ({
    ...whole,
    lines: readable(whole.lines).filter(isOurs),
  }))
  const inMessages = readLog(own, now, tell)
  for (const passage of own) {
    readDevices(passage, tell)
    readLnet(passage, tell)
    readParameters(passage, tell)
    readImportBlocks(passage, tell)
    readLfsDf(passage, tell)
    readLfsCheck(passage, tell)
    readLnetctl(passage, tell)
    readLustreMounts(passage, tell)
    readExports(passage, tell)
  }
  const told = tell.told()
  if (told.recognised.length === 0) {
    readLoose(own, tell)
    return told
  }
  // messages have been read already, put together; a part of one would give a part of an identifier
  for (const { lines, host } of own)
    for (const line of lines)
      if (OURS.test(line.text) && !inMessages.has(line.n)) tellIdentifiers(line.text, line, host, tell)
  if (told.findings.length === 0)
    tell.find({
      code: NOTHING_TO_JUDGE,
      verdict: 'inconclusive',
      severity: 'info',
      summary: `That is ${[...new Set(told.recognised.map(({ kind }) => kind))].join(', ')}; nothing in it is a fault, and it does not show whether Lustre works.`,
    })
  return told
}

/** More NIDs than this stand in no line. */
const isOurs = ({ text }: Line) => (text.match(/@/g)?.length ?? 0) <= 40

/** `mgs.MGS.exports.10.1.0.57@o2ib.uuid=…`: who is connected. */
function readExports({ lines, host }: Passage, tell: ReturnType<typeof tellerOf>): void {
  const found = lines.filter(({ text }) => /^\s*\w+\.[\w-]+\.exports\.\S+@\w+\.\w+=/.test(text))
  for (const { text } of found) {
    const [, target, nid] = /^\s*\w+\.([\w-]+)\.exports\.(\S+?@[a-z][a-z0-9]*)\./.exec(text) ?? []
    tell.fact('nids', { nid, target, host })
  }
  tell.saw('lctl get_param *.exports', found)
}

/** A lone resource id or NID in a sentence is still worth decoding. */
function readLoose(passages: readonly Passage[], tell: ReturnType<typeof tellerOf>): void {
  for (const { lines, host } of passages)
    for (const line of lines) {
      if (
        !/ldlm|refcount|namespace resource|\[0x[0-9a-f]+:0x[0-9a-f]+:0x[0-9a-f]+\]|@o2ib\d*\b/.test(line.text)
      )
        continue
      tellIdentifiers(line.text, line, host, tell)
      tell.saw('identifiers of Lustre', [line])
    }
  const told = tell.told()
  if (told.recognised.length > 0)
    tell.find({
      code: NOTHING_TO_JUDGE,
      verdict: 'inconclusive',
      severity: 'info',
      summary: 'These are identifiers of Lustre; what happened the text does not say.',
    })
}
