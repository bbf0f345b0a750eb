import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { esxiAnswer } from '../../../playbooks/lun/replayed-esxi.ts'
import { type Inside, put, startInside } from './inside.ts'

export const RED = 'eui.6465336666353233'
export const OTHER = 'eui.3939303832313261'
/** The other datastore; in the report it is `SEG-LUN`. */
export const NAMED = 'QA lun „Größe“  日本 7'

/** Answers as recorded; a `.next` beside an answer is what is said from the second time on, `.hangs` lets it wait for 40 s. */
const ESXCLI = `#!/bin/sh
answer="ANSWERS/$*"
if [ ! -e "$answer" ]; then
  for device; do :; done
  echo "Unable to find device with name $device"
  exit 1
fi
[ ! -e "$answer.hangs" ] || sleep 40
cat "$answer"
[ ! -e "$answer.next" ] || mv "$answer.next" "$answer"
`

/**
 * An ESXi as far as ssh shows it: busybox for shell and tools, a real vmkernel.log, and an `esxcli` that gives the incident's
 * answers. Between the first look and the second, four more commands of the red device fail. `hangs`: an esxcli command line
 * that is not answered.
 */
export function startEsxi(hangs?: string): Promise<Inside> {
  return startInside((folder) => {
    const [bin, answers] = [join(folder, 'bin'), join(folder, 'answers')]
    mkdirSync(bin)
    execFileSync('busybox', ['--install', '-s', bin])
    put(join(bin, 'esxcli'), ESXCLI.replace('ANSWERS', answers), 0o755)
    const now = Date.now()
    const said = (argv: readonly string[], failed: number) => {
      const reply = esxiAnswer(argv, now, { failed, stalls: true, healedAt: undefined })
      return (reply?.stdout ?? '').replaceAll('SEG-LUN', NAMED)
    }
    for (const words of commands()) {
      const [first, second] = [85, 89].map((failed) => said(['esxcli', ...words], failed))
      put(join(answers, words.join(' ')), first!)
      if (second !== first) put(join(answers, `${words.join(' ')}.next`), second!)
    }
    if (hangs !== undefined) put(join(answers, `${hangs}.hangs`), '')
    put(join(folder, 'log/vmkernel.log'), said(['tail', '-n', '1', '/var/log/vmkernel.log'], 85))
    execFileSync('cp', [execFileSync('which', ['busybox'], { encoding: 'utf8' }).trim(), join(folder, 'sh')])
    return { covers: { sh: '/bin/sh', log: '/var/log' }, path: bin }
  })
}

function commands(): string[][] {
  const core = ['storage', 'core']
  return [
    ['--formatter=csv', 'storage', 'filesystem', 'list'],
    ['--formatter=csv', 'storage', 'vmfs', 'extent', 'list'],
    ...[RED, OTHER].flatMap((device) => [
      [...core, 'device', 'list', '-d', device],
      [...core, 'path', 'list', '-d', device],
      [...core, 'device', 'stats', 'get', '-d', device],
    ]),
  ]
}
