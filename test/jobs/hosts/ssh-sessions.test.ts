import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { openSessions } from '../../../jobs/hosts/ssh-sessions.ts'
import { cutMessages, fieldReader, muxMessage, Ssh, sshMessage } from '../../../jobs/hosts/ssh-wire.ts'

/** What the ssh that holds a connection answers; the real one is asked in test/lab/ssh. */
type Answers = (message: { number: number; channel: number; text: () => string }, socket: Socket) => void

let folder: string | undefined
let server: Server | undefined
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await new Promise((resolve) => server?.close(resolve))
  if (folder) rmSync(folder, { recursive: true, force: true })
})

const GREETING = Buffer.concat([muxMessage(1, 4), muxMessage(0x8000000f, 1)])
const granted = (channel: number) => sshMessage(Ssh.openConfirmation, channel, 7, 1000, 1000)
const exit = (channel: number, code: number) => sshMessage(Ssh.request, channel, 'exit-status', false, code)
const close = (channel: number) => sshMessage(Ssh.close, channel)

/** A socket that greets, grants every session, and answers as told. `asked` keeps the numbers of what it was sent. */
async function holder(answers: Answers, greeting: Buffer = GREETING) {
  folder = mkdtempSync(join(tmpdir(), 'unwedge-sessions-'))
  const path = join(folder, 'socket')
  const asked: number[] = []
  server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.write(greeting)
    let muxMessages = 2
    let channel = 0
    const take = cutMessages((body) => {
      if (muxMessages-- > 0) return
      const number = body.readUInt8(1)
      asked.push(number)
      if (number === Ssh.open) {
        const fields = fieldReader(body, 2)
        fields.text()
        channel = fields.number()
      }
      // of a request: our channel, its name, whether it wants an answer, and what it says
      const text = () => {
        const fields = fieldReader(body, 6)
        fields.text()
        fields.boolean()
        return fields.text()
      }
      answers({ number, channel, text }, socket)
    })
    socket.on('data', take)
  })
  await new Promise<void>((resolve) => server!.listen(path, resolve))
  return { sessions: openSessions(path), asked }
}

const bounds = (limitMs = 2000, signal = new AbortController().signal) => ({
  limitMs,
  maxBytes: 1_000_000,
  signal,
  through: { stdout: new PassThrough(), stderr: new PassThrough() },
})

test('a line is asked for once, and what it prints and how it exits comes back', async () => {
  const lines: string[] = []
  const { sessions, asked } = await holder((message, socket) => {
    if (message.number === Ssh.open) socket.write(granted(message.channel))
    if (message.number === Ssh.request) {
      lines.push(message.text())
      const said = [
        sshMessage(Ssh.data, message.channel, 'out ä'),
        sshMessage(Ssh.extendedData, message.channel, 1, 'err'),
        sshMessage(Ssh.eof, message.channel),
        exit(message.channel, 3),
        close(message.channel),
      ]
      // byte by byte: nothing arrives in the pieces it was sent in
      for (const byte of Buffer.concat(said)) socket.write(Buffer.from([byte]))
    }
  })
  const ended = await sessions.run("echo 'ä'", bounds())
  expect(ended).toMatchObject({ outcome: 'exited', exitCode: 3, stdout: 'out ä', stderr: 'err' })
  expect(ended.notAsked).toBeUndefined()
  expect(lines).toEqual(["echo 'ä'"])
  await expect.poll(() => asked.at(-1)).toBe(Ssh.close)
  expect(asked.slice(0, 3)).toEqual([Ssh.open, Ssh.request, Ssh.eof])
})

test('what was read may be sent again', async () => {
  let adjusted = 0
  const { sessions } = await holder((message, socket) => {
    if (message.number === Ssh.open) socket.write(granted(message.channel))
    if (message.number === Ssh.request)
      socket.write(sshMessage(Ssh.data, message.channel, 'x'.repeat(30_000)))
    if (message.number !== Ssh.windowAdjust) return
    adjusted++
    socket.write(Buffer.concat([exit(message.channel, 0), close(message.channel)]))
  })
  expect((await sessions.run('line', bounds())).stdout).toHaveLength(30_000)
  expect(adjusted).toBe(1)
})

test('a connection that ends before a line was asked for is told from one that ends after', async () => {
  const before = await holder((_, socket) => socket.destroy())
  expect(await before.sessions.run('line', bounds())).toMatchObject({ notAsked: 'gone' })
  await new Promise((resolve) => server?.close(resolve))

  const after = await holder((message, socket) => {
    if (message.number === Ssh.open) socket.write(granted(message.channel))
    if (message.number === Ssh.request) socket.end(sshMessage(Ssh.data, message.channel, 'half'))
  })
  const ended = await after.sessions.run('line', bounds())
  expect(ended).toMatchObject({ exitCode: null, stdout: 'half', reason: 'the connection ended' })
  expect(ended.notAsked).toBeUndefined()
})

test('a session that ends without an exit code does not pass for one that ended well', async () => {
  const { sessions } = await holder((message, socket) => {
    if (message.number === Ssh.open) socket.write(granted(message.channel))
    if (message.number === Ssh.request) socket.write(close(message.channel))
  })
  expect(await sessions.run('line', bounds())).toMatchObject({
    exitCode: null,
    reason: 'the session ended without a word',
  })
})

test('where nobody holds a connection any more, nothing was asked for', async () => {
  expect(await openSessions('/nonexistent/socket').run('line', bounds())).toMatchObject({ notAsked: 'gone' })
})

test('a refused session closes no socket while others run, and is not asked for again', async () => {
  let [opened, closed] = [0, 0]
  const { sessions } = await holder((message, socket) => {
    if (message.number === Ssh.open) {
      socket.once('close', () => closed++)
      socket.write(
        ++opened === 1 ? granted(message.channel) : sshMessage(Ssh.openFailure, message.channel, 1, 'no', ''),
      )
    }
    if (message.number === Ssh.close) socket.write(close(message.channel))
  })
  const stop = new AbortController()
  const long = sessions.run('long', bounds(5000, stop.signal))
  await expect.poll(() => opened).toBe(1)
  await new Promise((resolve) => setTimeout(resolve, 50))
  for (const _ of [1, 2, 3])
    expect(await sessions.run('more', bounds())).toMatchObject({ notAsked: 'no-session' })
  expect([opened, sockets.length, closed]).toEqual([2, 2, 0])
  sessions.retire()
  expect(closed).toBe(0)
  stop.abort()
  expect((await long).outcome).toBe('cancelled')
  await expect.poll(() => closed, { timeout: 5000 }).toBe(2)
})

test('a line that is given up before it was granted is never asked for, and its socket waits for that', async () => {
  let grant = () => {}
  const { sessions, asked } = await holder((message, socket) => {
    if (message.number === Ssh.open) grant = () => socket.write(granted(message.channel))
  })
  expect(await sessions.run('line', bounds(100))).toMatchObject({
    ...{ outcome: 'timed-out', exitCode: null, notAsked: 'given-up' },
  })
  expect(sockets[0]!.destroyed).toBe(false)
  grant()
  await expect.poll(() => asked).toEqual([Ssh.open, Ssh.close])
})

test('a line that was asked for and is given up unheard does not pass for one that was never asked for', async () => {
  let asked = () => {}
  const { sessions } = await holder((message, socket) => {
    if (message.number === Ssh.open) socket.write(granted(message.channel))
    if (message.number === Ssh.request) asked()
  })
  const late = await sessions.run('line', bounds(200))
  expect(late.outcome).toBe('timed-out')
  expect(late.notAsked).toBeUndefined()
  const stop = new AbortController()
  asked = () => stop.abort()
  const cancelled = await sessions.run('line', bounds(2000, stop.signal))
  expect(cancelled.outcome).toBe('cancelled')
  expect(cancelled.notAsked).toBeUndefined()
})

test('the socket of a line that is given up stays until the far end has closed the session', async () => {
  let closeIt = () => {}
  let gone = false
  const { sessions, asked } = await holder((message, socket) => {
    if (message.number === Ssh.open) {
      socket.once('close', () => {
        gone = true
      })
      socket.write(granted(message.channel))
    }
    if (message.number !== Ssh.close) return
    closeIt = () => socket.write(close(message.channel))
    // what was on its way when we closed our end
    socket.write(sshMessage(Ssh.data, message.channel, 'x'.repeat(10_000)))
  })
  expect(await sessions.run('line', bounds(100))).toMatchObject({ outcome: 'timed-out', stdout: '' })
  await expect.poll(() => asked.at(-1)).toBe(Ssh.close)
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(gone).toBe(false)
  closeIt()
  await expect.poll(() => gone).toBe(true)
})

test('a message for another session is never taken for an answer', async () => {
  const { sessions } = await holder((message, socket) => {
    if (message.number === Ssh.open) socket.write(granted(message.channel))
    if (message.number === Ssh.request) socket.write(exit(message.channel + 1, 0))
  })
  expect(await sessions.run('line', bounds())).toMatchObject({
    exitCode: null,
    reason: expect.stringContaining('a message for another session'),
  })
})

test('limits and signals end a line that runs, with what it has printed', async () => {
  const { sessions, asked } = await holder((message, socket) => {
    if (message.number === Ssh.open) socket.write(granted(message.channel))
    if (message.number === Ssh.request) socket.write(sshMessage(Ssh.data, message.channel, 'so far'))
  })
  expect(await sessions.run('line', bounds(200))).toMatchObject({ outcome: 'timed-out', stdout: 'so far' })
  await expect.poll(() => asked.at(-1)).toBe(Ssh.close)
  const stop = new AbortController()
  const running = sessions.run('line', bounds(2000, stop.signal))
  setTimeout(() => stop.abort(), 50)
  expect((await running).outcome).toBe('cancelled')
  expect(await sessions.run('line', bounds(2000, AbortSignal.abort()))).toMatchObject({
    outcome: 'cancelled',
  })
})

test('an ssh without proxy mode, or whatever else speaks there, is said, and never taken for an answer', async () => {
  for (const greeting of [
    Buffer.concat([muxMessage(1, 4), muxMessage(0x80000003, 1, 'unsupported request')]),
    muxMessage(1, 5),
    Buffer.from('HTTP/1.1 200 OK\r\n\r\n'),
  ]) {
    const { sessions } = await holder(() => {}, greeting)
    const ended = await sessions.run('line', bounds())
    expect(ended).toMatchObject({ exitCode: null, reason: expect.stringContaining('not understood') })
    expect(ended.notAsked).toBeUndefined()
    await new Promise((resolve) => server?.close(resolve))
  }
})
