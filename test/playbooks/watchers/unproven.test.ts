import { expect, test } from 'vitest'
import { approve, checkDemo, LEFT_OVER, openDemo } from './demo-cluster.ts'

/** The seed's incident, while the host behind the left-over watcher does not answer. */
async function blind() {
  const { cluster, commands } = openDemo((command, _, host) =>
    host === 'wsg-2' && command.startsWith('ss') ? { exitCode: 1, stderr: 'no' } : undefined,
  )
  const { result } = await checkDemo(cluster)
  return { cluster, commands, offers: result.diagnosis.offers }
}

test('a client that may live is blocked and stays so; the way back takes two people', async () => {
  const { cluster, commands, offers } = await blind()
  expect(offers).toMatchObject([{ approvals: 2, typed: LEFT_OVER, params: { proof: 'unproven' } }])
  const ended = await approve(cluster, offers[0]!)
  expect(ended).toMatchObject({ state: 'done', now: expect.stringContaining('It stays blocked until') })
  expect(commands.some((command) => command.includes('blacklist rm'))).toBe(false)

  expect(ended.offers).toMatchObject([{ remedy: 'unblock', approvals: 2 }])
  const lifted = await approve(cluster, ended.offers[0]!)
  expect(lifted).toMatchObject({ state: 'done', now: `\`${LEFT_OVER}\` is not blocked any more.` })
  const again = await approve(cluster, ended.offers[0]!)
  expect(again).toMatchObject({ state: 'refused' })
  await cluster.close()
})

test('what was offered for one who may live does not run as if it were proven', async () => {
  const { cluster, commands, offers } = await blind()
  const params = { ...offers[0]!.params, proof: 'proven' }
  const ended = await approve(cluster, { ...offers[0]!, params })
  expect(ended.state).toBe('refused')
  const gap = ended.now.replace(/^.*new: /, '')
  const basis = [...offers[0]!.basis.split('\n'), gap.replace(/\.$/, '')].sort().join('\n')
  expect(await approve(cluster, { ...offers[0]!, params, basis })).toMatchObject({ state: 'refused' })
  expect(commands.some((command) => command.includes('blacklist add'))).toBe(false)
  await cluster.close()
})
