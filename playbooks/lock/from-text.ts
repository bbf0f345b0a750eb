import { readable } from '../shared/linux/pasted-rows.ts'
import { tellerOf } from '../shared/linux/telling.ts'
import { NOTHING_TO_JUDGE } from '../shared/pasted/merge.ts'
import type { Passage, Reader, Told } from '../shared/triage.ts'
import { aboutLocks } from './text/about-locks.ts'
import { aboutProcesses } from './text/about-processes.ts'
import { aboutClients, aboutHungTasks, aboutServers, aboutStale } from './text/about-servers.ts'
import { aboutLockFiles, aboutStacks } from './text/about-single.ts'
import { readGanesha } from './text/ganesha.ts'
import { readKernel } from './text/kernel.ts'
import { readLockRows } from './text/locks.ts'
import { readLslocks, readLslocksJson } from './text/lslocks.ts'
import { readFuser, readLsof } from './text/lsof.ts'
import { readMountRows } from './text/mounts.ts'
import { readServerTools } from './text/nfs-server.ts'
import { readNfsdClients } from './text/nfsd-clients.ts'
import { readProcFiles } from './text/proc-files.ts'
import { readListings, readLoad } from './text/processes.ts'
import { nothingSeen } from './text/seen.ts'
import { readInodes, readStale, readStatBlocks } from './text/stat.ts'

/**
 * Locks (/proc/locks, lslocks, fdinfo), who has files open (lsof, fuser), processes and their states (ps, top, /proc/PID), NFS
 * mounts and servers, and what the kernel's log says of them. One moment of one side: no lock is called left over here.
 */
export const lockReader: Reader = {
  playbook: 'lock',
  wants:
    /\b(?:POSIX|FLOCK|OFDLCK|LEASE|DELEG)\b|\bnfs|ganesha|lockd|statd|blocked for more than|stale (?:NFS )?file handle|^task:|\+0x[0-9a-f]+\/0x| D[<NLsl+]* +\S|State:\s|\bPID\b|clientid:|type: (?:lock|open)|can't stat\(\)|RPC: |Inode: |^\s*\d+ [-dlbcps][rwx-]{9}|load average|\bswpd\b|Export list|mount points on|\b10000[035]\b|\w:\/\S* .*\d%|\d[rwu][NrRwWuU]? +REG\b|"maj:min"/i,
  read,
}

function read(passages: readonly Passage[]): Told {
  const tell = tellerOf('lock')
  const seen = nothingSeen()
  for (const [listing, whole] of passages.entries()) {
    const passage = { ...whole, lines: readable(whole.lines) }
    readLockRows(passage, listing, seen, tell)
    readLslocks(passage, listing, seen, tell)
    readLslocksJson(passage, listing, seen, tell)
    readLsof(passage, seen, tell)
    readFuser(passage, seen, tell)
    readStatBlocks(passage, seen, tell)
    readInodes(passage, tell)
    readStale(passage, seen)
    readListings(passage, listing, seen, tell)
    readProcFiles(passage, listing, seen, tell)
    readLoad(passage, tell)
    readMountRows(passage, tell)
    readServerTools(passage, tell)
    readNfsdClients(passage, listing, seen, tell)
    readKernel(passage, seen, tell)
    readGanesha(passage, tell)
  }
  aboutProcesses(seen, tell)
  aboutHungTasks(seen, tell)
  aboutStacks(seen, tell)
  aboutLockFiles(seen, tell)
  aboutServers(seen, tell)
  aboutLocks(seen, tell)
  aboutClients(seen, tell)
  aboutStale(seen, tell)
  const told = tell.told()
  if (told.recognised.length > 0 && told.findings.length === 0) sayOnly(told, tell)
  return told
}

/** Files and processes alone say nothing about health. */
function sayOnly({ recognised }: Told, tell: ReturnType<typeof tellerOf>): void {
  const kinds = [...new Set(recognised.map(({ kind }) => kind))].join(', ')
  tell.find({
    code: NOTHING_TO_JUDGE,
    verdict: 'inconclusive',
    severity: 'info',
    summary: `That is ${kinds}; nothing in it is a fault, and it does not show whether anything hangs.`,
  })
}
