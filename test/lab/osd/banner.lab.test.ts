import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bannerArgv, readAnswers } from '../../../playbooks/shared/linux/banner.ts'
import { capture, end } from '../ceph/cluster.ts'

const servers: Server[] = []
const clients: Socket[] = []
let full: { port: number; child: ChildProcess }

async function serve(host: string, on: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    clients.push(socket.on('error', () => {}))
    on(socket)
  }).listen(0, host)
  servers.push(server)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Listens and never accepts: the kernel takes the first connections, and drops the others. */
async function neverAccepts(): Promise<{ port: number; child: ChildProcess }> {
  const program =
    'import socket,time\ns=socket.socket()\ns.bind(("127.0.0.1",0))\ns.listen(0)\nprint(s.getsockname()[1],flush=True)\ntime.sleep(60)'
  const child = spawn('/usr/bin/python3', ['-c', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  return { port: Number(String(line)), child }
}

beforeAll(async () => {
  full = await neverAccepts()
})
afterAll(async () => {
  for (const client of clients) client.destroy()
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))))
  await end(full.child)
})

const connect = async (...targets: [string, number][]) => {
  const [program, ...args] = bannerArgv(
    'python3',
    targets.map(([ip, port]) => ({ ip, port })),
  )
  return readAnswers(await capture(program, args, process.env)).map(({ state, said }) => [state, said])
}

test('tells a greeting from silence, from being closed, and from being refused; on IPv6, too', async () => {
  const greets = await serve('127.0.0.1', (socket) => socket.write('ceph v2\n\u0010\u0000\u0001'))
  const silent = await serve('127.0.0.1', () => {})
  const closes = await serve('127.0.0.1', (socket) => socket.end())
  const six = await serve('::1', (socket) => socket.write('ceph v027'))
  const gone = await serve('127.0.0.1', () => {})
  await new Promise((closed) => servers.pop()!.close(closed))
  const one = (ip: string, port: number) => connect([ip, port]).then(([first]) => first)
  expect(await one('127.0.0.1', greets)).toEqual(['answers', 'ceph v2'])
  expect(await one('::1', six)).toEqual(['answers', 'ceph v027'])
  expect(await one('127.0.0.1', closes)).toEqual(['closed', ''])
  expect(await one('127.0.0.1', gone)).toEqual(['refused', 'ECONNREFUSED'])
  expect(await one('127.0.0.1', silent)).toEqual(['silent', ''])
})

test('a program that never accepts is silent while its queue has room, and times out when it is full', async () => {
  const started = performance.now()
  const answers = await connect(
    ...Array.from({ length: 6 }, (): [string, number] => ['127.0.0.1', full.port]),
  )
  expect(new Set(answers.map(([state]) => state))).toEqual(new Set(['silent', 'timed-out']))
  // all at once, not one after the other
  expect(performance.now() - started).toBeLessThan(6_000)
})

test('three hundred addresses take two batches and are all told', async () => {
  const greets = await serve('127.0.0.1', (socket) => socket.write('ceph v027'))
  const answers = await connect(...Array.from({ length: 300 }, (): [string, number] => ['127.0.0.1', greets]))
  expect(answers).toHaveLength(300)
  expect(answers.every(([state]) => state === 'answers')).toBe(true)
})
