import { expect, test } from 'vitest'
import { readLocks } from '../../../../playbooks/shared/ceph/locks.ts'
import { fixture, notSeen, output } from './fixture.ts'

const exclusive = {
  id: 'auto 139967883921648',
  client: '4121',
  address: { ip: '127.0.0.1', port: 0, nonce: '2951679115' },
}

test('reads an exclusive lock, in text and JSON', () => {
  expect(readLocks(fixture('lock-exclusive.txt'))).toEqual([{ ...exclusive, mode: 'exclusive' }])
  expect(readLocks(fixture('lock-exclusive.json'))).toEqual([exclusive])
})

test('reads shared locks with their tag', () => {
  const locks = readLocks(fixture('lock-shared.txt'))
  expect(locks.map(({ id }) => id)).toEqual(['s1', 's2', 's1', 's2'])
  expect(locks.every(({ mode, tag }) => mode === 'shared' && tag === 'tag1')).toBe(true)
  expect(readLocks(fixture('lock-shared.json')).map(({ address }) => address)).toEqual(
    locks.map(({ address }) => address),
  )
})

test('reads the object with ids as keys of old releases', () => {
  expect(readLocks(fixture('lock-jewel.json'))[0]).toMatchObject({
    id: 'auto 140535020917984',
    client: '9629',
  })
})

test('takes empty output for nobody', () => {
  expect(readLocks(output({}))).toEqual([])
  expect(readLocks('[]')).toEqual([])
})

test('has no address where Ceph knows none', () => {
  expect(readLocks('[{"id":"x","locker":"client.4","address":"-"}]')).toEqual([{ id: 'x', client: '4' }])
})

test('refuses a table that holds fewer locks than it says', () => {
  const text = fixture('lock-shared.txt').trimEnd().split('\n').slice(0, -1).join('\n')
  expect(notSeen(() => readLocks(text), 'unparsable')).toContain('says 4 locks, 3 follow')
})

test.each([
  'nonsense',
  'There is 1 exclusive lock on this image.\n',
  '[{"id":"x","locker":"client.?","address":"-"}]',
  '[{"locker":"client.4"}]',
])('refuses %j', (text) => {
  notSeen(() => readLocks(text), 'unparsable')
})
