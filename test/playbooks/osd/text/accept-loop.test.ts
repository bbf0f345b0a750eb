import { expect, test } from 'vitest'
import { osdReader } from '../../../../playbooks/osd/from-text.ts'
import { passagesOf } from '../../../../playbooks/shared/pasted/passages.ts'

const read = (text: string) => osdReader.read(passagesOf(text), Date.parse('2026-11-20'))

/** The shape of `Accepter::entry` up to Luminous, written anew and short. */
const SOURCE = `void *Accepter::entry()
{
  int errors = 0;
  while (!done) {
    int sd = ::accept(listen_sd, addr, &slen);
    if (sd < 0) {
      ldout(cct, 0) << "accepter no incoming connection?  sd = " << sd << " errno " << errno << dendl;
      if (++errors > 4)
        break;
    }
  }
}
`

test('the source of the accept loop names the fault, and accuses no cluster', () => {
  const { findings, next, recognised } = read(SOURCE)
  expect(findings.map(({ code, severity }) => [code, severity])).toEqual([['accept-loop-gives-up', 'info']])
  expect(next.map(({ command }) => command)).toEqual(['check osds'])
  expect(recognised).toMatchObject([{ from: 1, to: 8 }])
})

test('a loop that does not give up, or another function, is nothing', () => {
  expect(read(SOURCE.replace('++errors > 4', 'false')).findings.map(({ code }) => code)).not.toContain(
    'accept-loop-gives-up',
  )
  expect(read(SOURCE.replace('Accepter::entry', 'Acceptor::run')).findings).toEqual([])
})
