import { type ChildProcess, spawn } from 'node:child_process'
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerTo, approvalId, ask, buttons, ending, now, press, told } from '../../e2e/conversation.ts'
import { incident, lin, mei, type Stand, startStand, tomas } from '../../e2e/stand.ts'
import { end, startLocking } from '../../playbooks/lock/holders.ts'
import { withFrozenMount } from '../hosts/frozen-mount.ts'
import { type Sshd, startSshd } from '../ssh/sshd.ts'

/**
 * A deadlock as it happens: a backup has frozen a file system and wants a lock file before it thaws it; who has the lock
 * hangs in state D, because it writes to that file system. Without the lock file the backup goes on.
 */
const BACKUP = `use strict; use Fcntl ':flock'; my ($lock, $mount) = @ARGV; local $SIG{ALRM} = sub { die };
while (-e $lock) { last if eval { open(my $file, '<', $lock) or die; alarm 5; flock($file, LOCK_EX); alarm 0; 1 } }
system('fsfreeze', '-u', $mount) == 0 or die; sleep 600`

let folder: string
let sshds: Sshd[]
let stand: Stand

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'unwedge-lock-slack-')))
  sshds = await Promise.all([startSshd(), startSshd()])
  const hosts = sshds.map(({ settings: { address, port, user, keyFile, knownHosts } }, index) => [
    `app-${index + 1}`,
    {
      roles: ['nfs-client'],
      transport: 'ssh',
      lock_roots: [folder],
      ssh: { address, port, user, key_file: keyFile, known_hosts: knownHosts },
    },
  ])
  stand = await startStand({
    config: { clusters: { lab: { hosts: Object.fromEntries(hosts) } }, default_cluster: 'lab' },
  })
})
afterAll(async () => {
  await stand?.stop()
  await Promise.all((sshds ?? []).map((sshd) => sshd.end()))
  rmSync(folder, { recursive: true })
})

const isInD = ({ pid }: ChildProcess) => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') D ')

async function until(holds: () => boolean | undefined): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 300) throw new Error(`still not so after 15 s: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Clicks the approval, and types the name into the dialog that opens. */
async function approveTyped(user: string, ts: string, typed: string) {
  await stand.slack.click(user, incident, ts, 'approve-typed')
  const view = stand.slack.views(user).at(-1)
  if (!view) throw new Error(`no dialog opened for ${user}: ${told(stand, user)}`)
  return stand.slack.submitView(user, view.id, { address: typed, typed })
}

test('asked from Slack why a backup hangs: the lock, its holder in state D, two approvals, the rename, both run again, and the way back', () =>
  withFrozenMount(async (mount) => {
    const lock = join(folder, 'nova registry.lock')
    writeFileSync(lock, '')
    const { ino } = statSync(lock)
    mount.freeze()
    const holder = await startLocking(lock, 'flock', 'locked', `open(my $never, '>', '${mount.path}/data')`)
    await until(() => isInD(holder))
    // a name of its own, so that it can be asked for
    const name = `bk${process.pid}`
    copyFileSync('/usr/bin/perl', join(folder, name))
    const backup = spawn(join(folder, name), ['-e', BACKUP, lock, mount.path], { stdio: 'ignore' })
    try {
      await until(() =>
        readFileSync('/proc/locks', 'utf8').includes(`-> FLOCK  ADVISORY  WRITE ${backup.pid} `),
      )

      const checkId = await ask(stand, `check stuck ${name} on=app-1 interval=2`)
      const answer = await answerTo(stand, checkId)
      expect(answer.finding.text).toContain('which hangs itself; one process waits for it')
      expect(answer.finding.text).toContain(`pid ${holder.pid}`)
      expect(buttons(answer.finding)).toEqual(expect.arrayContaining(['approve-typed', 'reject']))
      expect(buttons(answer.finding)).not.toContain('approve')

      // not by the one who asked, not on another name, and not by one person alone
      const { ts } = answer.finding
      for (const [user, typed] of [
        [lin, 'nova registry.lock'],
        [mei, 'nova registry'],
      ] as const) {
        expect(await approveTyped(user, ts, typed), user).toMatchObject({ closed: false })
        await stand.slack.closeView(user, stand.slack.views(user).at(-1)!.id)
      }
      expect(await approveTyped(mei, ts, 'nova registry.lock')).toMatchObject({ closed: true })
      await until(() => now(stand, answer.finding).text.includes(`Approved so far: <@${mei}>`))
      expect([isInD(holder), statSync(lock).ino]).toEqual([true, ino])
      expect(await approveTyped(tomas, ts, 'nova registry.lock')).toMatchObject({ closed: true })

      const done = await ending(stand, approvalId(answer))
      expect(done.text).toMatch(/^\*Done\.\*/)
      await until(() => !isInD(holder))
      const away = readdirSync(folder).find((each) => each.startsWith('nova registry.lock.unwedge-'))!
      expect(statSync(join(folder, away)).ino).toBe(ino)
      expect(readdirSync(folder)).not.toContain('nova registry.lock')

      // the way back
      expect(done.text).toContain('give the lock file its name back')
      await press(stand, done, 'approve')
      await until(() => statSync(lock, { throwIfNoEntry: false })?.ino === ino)
      const actions = (await stand.audit()).map(({ action, detail }) =>
        `${action} ${String(detail.step ?? '')}`.trim(),
      )
      expect(actions.filter((action) => action.startsWith('about-to'))).toEqual([
        'about-to rename',
        'about-to restore',
      ])
    } finally {
      // in state D it could not be ended
      if (isInD(holder)) mount.thaw()
      // thawed by the backup; whoever tidies up wants to do that
      else mount.freeze()
      await end(holder, backup)
    }
  }))
