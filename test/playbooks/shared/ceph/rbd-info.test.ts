import { expect, test } from 'vitest'
import { readImageInfo, readMirrorStatus } from '../../../../playbooks/shared/ceph/rbd-info.ts'
import { fixture, notSeen, output } from './fixture.ts'

test('knows the header that clients of an image watch', () => {
  expect(readImageInfo(fixture('rbd-info.json'))).toMatchObject({
    name: 'img',
    id: '101fc61a18fe',
    header: 'rbd_header.101fc61a18fe',
    migrating: false,
  })
  const old = '{"name":"vol","format":1,"block_name_prefix":"rb.0.1066.2ae8944a"}'
  expect(readImageInfo(old)).toMatchObject({ format: 1, header: 'vol.rbd' })
})

test('takes the id from the data objects where the release prints none', () => {
  const info = (prefix: string) =>
    readImageInfo(`{"name":"vol","format":2,"block_name_prefix":"${prefix}","features":[]}`)
  expect(info('rbd_data.7mjm6dk28jaj3').header).toBe('rbd_header.7mjm6dk28jaj3')
  expect(info('rbd_data.5.101fc61a18fe').id).toBe('101fc61a18fe')
  notSeen(() => info('rbd_data.'), 'unparsable')
})

test('says who mirrors an image', () => {
  expect(readImageInfo(fixture('rbd-info-mirrored.json')).mirroring).toMatchObject({
    mode: 'journal',
    state: 'enabled',
    primary: true,
  })
  expect(readMirrorStatus(fixture('mirror-status-up.json'))).toMatchObject({
    state: 'up+replaying',
    daemon: { client: '4174', host: 'wsg-2' },
  })
  expect(readMirrorStatus(fixture('mirror-status-down.json')).daemon).toBeUndefined()
})

test('knows an image without mirroring from one that could not be seen', () => {
  const stderr = 'rbd: mirroring not enabled on the image\n'
  notSeen(() => readMirrorStatus(output({ stderr, exitCode: 22 })), 'absent')
  notSeen(() => readMirrorStatus(output({})), 'unparsable')
})

test('refuses an id that the data objects contradict', () => {
  notSeen(
    () => readImageInfo(fixture('rbd-info.json').replace('"id":"101fc61a18fe"', '"id":"beef"')),
    'unparsable',
  )
})
