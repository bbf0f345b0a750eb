import { expect, test } from 'vitest'
import { keepYoungGenerationSmall } from '../../bot/young-generation.ts'

test('it may grow while fifty events are under way at once, and only then', async () => {
  const flags: string[] = []
  const { around } = keepYoungGenerationSmall((flag) => flags.push(flag.slice(-1)))
  const ends: (() => void)[] = []
  const begin = () => around(() => new Promise<void>((resolve) => ends.push(resolve)))
  const all = Array.from({ length: 49 }, begin)
  expect(flags).toEqual(['1'])
  all.push(...Array.from({ length: 11 }, begin))
  expect(flags).toEqual(['1', '2'])
  for (const end of ends) end()
  await Promise.all(all)
  expect(flags).toEqual(['1', '2', '1'])
})

test('what is thrown is passed on, and counts as over', async () => {
  const flags: string[] = []
  const { around } = keepYoungGenerationSmall((flag) => flags.push(flag))
  const failed = Array.from({ length: 200 }, () => around(() => Promise.reject(new Error('no'))))
  await Promise.allSettled(failed)
  await expect(around(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(flags).toHaveLength(3)
})
