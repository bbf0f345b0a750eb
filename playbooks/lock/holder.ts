import type { Host } from '../shared/inventory.ts'
import type { NfsdClient } from '../shared/linux/nfsd-clients.ts'
import type { Owner } from './owners.ts'
import type { LockRecord } from './records.ts'

type ProcessOwner = Extract<Owner, { kind: 'process' }>

/** An NFSv4 client that has the file locked, as one server lists it. */
export type HoldingClient = {
  server: Host
  client: NfsdClient
  leaseSeconds: number | undefined
  /** `overdue`: for more than its length, and the server does not call it lost: the client may live */
  lease: 'good' | 'overdue' | 'ran-out'
}

/** Who holds a file, told from all hosts together. */
export type Holder =
  /** nobody has a lock on it */
  | { is: 'none' }
  /** processes, on whichever host, that live: `works` when any of them does something, `hangs` when all are stuck or stopped */
  | { is: 'works' | 'hangs'; by: { host: Host; owner: ProcessOwner; record: LockRecord }[] }
  /** an NFSv4 client whose lease is good, or has run out */
  | { is: 'leased' | 'ran-out'; clients: HoldingClient[] }
  /** the server keeps a lock for a client, every client that could have it was asked, and none has it */
  | { is: 'left-over'; server: Host; asked: Host[] }
  /** it cannot be told; `missing` says what would have to be seen */
  | { is: 'unseen'; missing: string[] }
