import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { replayRecording } from '../../../jobs/check.ts'
import { Recording } from '../../../jobs/contracts.ts'
import { maskDeep } from '../../../jobs/mask.ts'
import { checkDemo, LEFT_OVER, openDemo, playbook } from './demo-cluster.ts'

test('what a check of the incident recorded gives the same diagnosis again', async () => {
  const { cluster } = openDemo()
  const { result, recording } = await checkDemo(cluster)
  await cluster.close()
  const file = JSON.stringify(maskDeep(recording))
  const again = replayRecording(playbook, Recording.parse(JSON.parse(file)))
  expect(again.diagnosis).toEqual(result.diagnosis)
  expect(again.diagnosis.findings[0]?.code).toBe('left-over-watcher')
})

test('a recording from which a host is cut proves nobody gone', async () => {
  const { cluster } = openDemo()
  const { recording } = await checkDemo(cluster)
  await cluster.close()
  const observations = recording.observations.filter(({ host }) => host !== 'wsg-2')
  const { diagnosis } = replayRecording(playbook, { ...recording, observations })
  expect(diagnosis.findings[0]).toMatchObject({ code: 'unexplained-watcher', verdict: 'inconclusive' })
})

test('a recording made by `--record` keeps its findings', () => {
  const file = join(import.meta.dirname, 'fixtures/left-over-watcher.json')
  const recording = Recording.parse(JSON.parse(readFileSync(file, 'utf8')))
  const { diagnosis } = replayRecording(playbook, recording)
  expect(diagnosis.findings.map(({ code }) => code)).toEqual(['left-over-watcher'])
  expect(diagnosis.unseen).toEqual([])
  expect(diagnosis.offers).toMatchObject([{ approvals: 1, params: { address: LEFT_OVER } }])
})
