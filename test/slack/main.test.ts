import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'

let child: ChildProcess
afterEach(() => void child.kill('SIGKILL'))

async function start(options: object, flags: string[] = []): Promise<{ url: string; apiUrl: string }> {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const env = { ...process.env, UNWEDGE_TEST_SLACK: JSON.stringify(options) }
  child = spawn(process.execPath, [main, ...flags], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout!, 'data')
  return JSON.parse(String(line))
}

test('says where it is, serves the page with these people, and ends on SIGTERM', async () => {
  const { url, apiUrl } = await start({ users: [{ id: 'U0MEI00001', name: 'mei' }] })
  expect(apiUrl).toBe(`${url}api/`)
  expect(await (await fetch(url)).text()).toContain('<main')
  const headers = { authorization: 'Bearer xoxb-1' }
  const known = await fetch(`${apiUrl}users.info`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ user: 'U0MEI00001' }),
  })
  expect(await known.json()).toMatchObject({ user: { name: 'mei' } })
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('ends when the one who started it has gone', async () => {
  await start({})
  child.stdin!.end()
  expect(await once(child, 'exit')).toEqual([0, null])
})
