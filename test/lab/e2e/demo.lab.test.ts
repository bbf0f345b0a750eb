import { existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Served, serve } from '../../../jobs/hosts/serve.ts'
import { until } from '../ceph/cluster.ts'
import { processes } from './processes.ts'

/** UNWEDGE_SCREENSHOTS=1 renews the README's pictures; look at them. */
const pictures = process.env.UNWEDGE_SCREENSHOTS
  ? fileURLToPath(new URL('../../../docs/images/', import.meta.url))
  : undefined
const command = '/unwedge check watchers rbd_header.7mjm6dk28jaj3'
const label = 'Approve: block the left-over watcher'

let demo: Served<string>
let browser: Browser
const said: string[] = []

beforeAll(async () => {
  demo = await serve<string>({
    name: 'npm run demo',
    argv: ['npm', 'run', 'demo', '--', '--port', '0'],
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    ready: (line) => /The demo is at (\S+)/.exec(line)?.[1],
    readyWithinMs: 60_000,
    log: (line) => void said.push(line),
  })
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  })
})
afterAll(async () => {
  await browser?.close()
  await demo?.stop(20_000)
})

async function save(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: `${pictures}${name}.png` })
}

test('a newcomer asks, reads why, is told that someone else has to agree, becomes that one, and sees it done', async () => {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 860 } })).newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.setDefaultTimeout(40_000)

  await page.goto(demo.value)
  await page.getByText('Then become mei').waitFor()
  await save(page, 'first-run')
  await page.getByRole('button', { name: command, exact: true }).click()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: /^\d+ repl(y|ies)/ }).click()
  const thread = page.getByRole('log', { name: 'Thread replies' })
  const approve = thread.getByRole('button', { name: label })
  await approve.waitFor()
  for (const words of [
    'A left-over watcher is on rbd/vol7',
    '1.1.2.1:0/1193546917',
    'Left over, proven.',
    'In use, leave it.',
    'nothing else; this address watches no other image.',
  ])
    await thread.getByText(words).first().waitFor()
  await save(page, 'finding')

  const dialog = page.getByRole('dialog')
  await approve.click()
  await dialog.getByRole('button', { name: 'Approve' }).click()
  await page.getByText('Only visible to you').first().waitFor()

  await page.getByRole('button', { name: 'You are lin' }).click()
  await page.getByRole('menuitemradio', { name: 'mei' }).click()
  await page.getByRole('button', { name: 'You are mei' }).waitFor()
  await approve.click()
  await dialog.getByText('blacklist add 1.1.2.1:0/1193546917 3600').waitFor()
  await save(page, 'approval')
  await dialog.getByRole('button', { name: 'Approve' }).click()
  await thread.getByText('Done.').first().waitFor()
  await thread.getByText('the blocklist is as before').first().waitFor()
  expect(await approve.count()).toBe(0)
  await save(page, 'result')

  await page.getByLabel('Message', { exact: true }).fill('/unwedge check wachers rbd_header.7mjm6dk28jaj3')
  await page.keyboard.press('Enter')
  await page.getByText('Did you mean').waitFor()
  expect(problems).toEqual([])
})

test('ends at Ctrl-C with everything it started, and without a complaint', async () => {
  const folder = /unix:\/\/(\S+unwedge-demo-[^/]+)/.exec(said.join('\n'))?.[1] ?? ''
  expect(processesIn(folder)).not.toEqual([])
  // a terminal sends it to npm and to all that npm started
  process.kill(-demo.pid, 'SIGINT')
  await demo.exited
  await until(async () => processesIn(folder).length === 0 && !existsSync(folder))
  expect(said.filter((line) => /error|unhandled|warn(?!.*config)/i.test(line))).toEqual([])
})

/** Processes that have this folder on their command line: redis-server calls itself by its socket. */
const processesIn = (folder: string) => processes().filter(({ argv }) => argv.join(' ').includes(folder))
