import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '../../../jobs/hosts/serve.ts'
import { freePort, signal } from '../ssh/sshd.ts'

/** A real NFSv4 server in user space on this machine's loopback; it can stop answering without being gone. */
export type Ganesha = {
  port: number
  /** what it exports as `/share` */
  share: string
  stop(): void
  go(): void
  end(): Promise<void>
}

export async function startGanesha(): Promise<Ganesha> {
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-ganesha-'))
  const at = (name: string) => join(folder, name)
  const port = await freePort()
  mkdirSync(at('share'))
  // without these two it does not start
  for (const needed of ['/var/lib/nfs/ganesha', '/run/ganesha']) mkdirSync(needed, { recursive: true })
  writeFileSync(
    at('ganesha.conf'),
    `NFS_CORE_PARAM { NFS_Protocols = 4; NFS_Port = ${port}; Bind_addr = 127.0.0.1; Enable_NLM = false; Enable_RQUOTA = false; Enable_UDP = false; mount_path_pseudo = true; }
NFSV4 { Graceless = true; Lease_Lifetime = 10; RecoveryBackend = fs; }
NFS_KRB5 { Active_krb5 = false; }
EXPORT { Export_Id = 1; Path = ${at('share')}; Pseudo = /share; Protocols = 4; Access_Type = RW; Squash = No_Root_Squash; SecType = sys; FSAL { Name = VFS; } }
LOG { Default_Log_Level = EVENT; }
`,
  )
  const argv = [
    'ganesha.nfsd',
    '-F',
    '-f',
    at('ganesha.conf'),
    '-L',
    'STDOUT',
    '-p',
    at('pid'),
    '-N',
    'NIV_EVENT',
  ] as const
  const served = await serve({
    name: 'nfs-ganesha',
    argv: ['setpriv', '--pdeathsig', 'KILL', ...argv],
    env: { PATH: process.env.PATH },
    ready: (line) => line.includes('NFS SERVER INITIALIZED') || undefined,
    readyWithinMs: 20_000,
  })
  return {
    port,
    share: at('share'),
    stop: () => signal(served.pid, 'SIGSTOP'),
    go: () => signal(served.pid, 'SIGCONT'),
    async end() {
      // an orderly end waits for its clients
      signal(served.pid, 'SIGKILL')
      await served.exited
      rmSync(folder, { recursive: true })
    },
  }
}
