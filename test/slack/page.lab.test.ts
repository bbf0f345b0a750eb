import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { incident, lin, mei, type Pair, startSocketPair } from './bolt-app.ts'
import { exampleApp } from './example-app.ts'

const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run']
const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync']
const desktop = { viewport: { width: 1280, height: 800 } }
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
const command = '/unwedge check watchers rbd_header.7mjm6dk28jaj3'

let browser: Browser
/** UNWEDGE_SCREENSHOTS names a folder where the pictures are kept, to be looked at */
let folder: string
let pair: Pair
const problems: string[] = []

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [...flags, ...quiet],
  })
  folder = await mkdtemp(join(process.env.UNWEDGE_SCREENSHOTS ?? tmpdir(), 'unwedge-page-'))
})
afterAll(async () => {
  await browser.close()
  if (!process.env.UNWEDGE_SCREENSHOTS) await rm(folder, { recursive: true })
})

beforeEach(async () => {
  problems.length = 0
  pair = await startSocketPair(exampleApp, {
    users: [
      { id: lin, name: 'lin' },
      { id: mei, name: 'mei' },
      { id: 'U0TOMAS001', name: 'tomas' },
    ],
    channels: [
      { id: incident, name: 'storage-incidents' },
      { id: 'C0STORAGE1', name: 'storage' },
    ],
    hint: {
      title: 'Volume 7 hangs. Find out why.',
      lines: [
        'The ESXi hosts can’t reserve `rbd/vol7`. You are *lin*, on call. Ask the bot what it sees; everything here is a replayed incident.',
        'It will offer a way out that a *second person* has to approve: switch to *mei* at the top right.',
      ],
      tries: [command, '/unwedge help', '@unwedge check watchers rbd/vol7'],
    },
  })
})
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
  await pair.stop()
  expect(problems).toEqual([])
})

async function open(options: BrowserContextOptions, query = ''): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage()
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.setDefaultTimeout(5000)
  await page.goto(pair.slack.url + query)
  return page
}

const save = (page: Page, name: string) => page.screenshot({ path: join(folder, `${name}.png`) })

test('asked by one, approved by another: command, dialog, refusal, switch, thread', async () => {
  const page = await open(desktop)
  await page.getByRole('button', { name: command }).click()
  await save(page, '1-first-run')
  expect(await page.getByLabel('Message', { exact: true }).inputValue()).toBe(command)
  await page.keyboard.press('Enter')
  await page.getByText('A left-over watcher is blocking').waitFor()
  await save(page, '2-finding')

  const approve = page.getByRole('button', { name: 'Approve: block the left-over watcher' })
  await approve.click()
  const dialog = page.getByRole('dialog', { name: 'Block this watcher?' })
  await save(page, '3-confirm')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  expect(pair.slack.ephemerals(lin)).toEqual([])
  await approve.click()
  await dialog.getByRole('button', { name: 'Block it' }).click()
  await page.getByText('Only visible to you').waitFor()

  await page.getByRole('button', { name: 'You are lin' }).click()
  await save(page, '4-switch')
  await page.getByRole('menuitemradio', { name: 'mei' }).click()
  await page.getByRole('button', { name: 'You are mei' }).waitFor()
  expect(await page.getByText('Only visible to you').count()).toBe(0)
  await approve.click()
  await dialog.getByRole('button', { name: 'Block it' }).click()
  await page.getByRole('button', { name: '5 replies' }).click()
  await page.getByRole('log', { name: 'Thread replies' }).getByText('Done.').waitFor()
  expect(await approve.count()).toBe(0)

  await page.getByLabel('Reply', { exact: true }).fill('@unwedge thanks <b>a lot</b>')
  await page.keyboard.press('Enter')
  await page.getByText('thanks <b>a lot</b>', { exact: false }).first().waitFor()
  await page.getByText('I read').waitFor()
  await save(page, '5-thread')
})

test('a modal keeps what was typed when the app refuses it, and closes when it is right', async () => {
  const page = await open(desktop)
  await pair.slack.command(lin, incident, 'check watchers x')
  await page.getByRole('button', { name: 'Show evidence' }).click()
  await page.getByRole('button', { name: '2 replies' }).waitFor()
  await page.getByRole('button', { name: 'Type the address' }).click()
  const dialog = page.getByRole('dialog', { name: 'Type the address' })
  await dialog.getByLabel('Address to block').fill('1.1.2.4:0/220114')
  await page.keyboard.press('Enter')
  await dialog.getByText('not the address in the finding').waitFor()
  await save(page, '6-modal')
  expect(await dialog.getByLabel('Address to block').inputValue()).toBe('1.1.2.4:0/220114')
  await dialog.getByLabel('Address to block').fill('1.1.2.1:0/1193546917')
  await dialog.getByRole('button', { name: 'Approve' }).click()
  await dialog.waitFor({ state: 'hidden' })
})

test.each(['light', 'dark'] as const)('can be read and used on a phone, %s', async (colorScheme) => {
  const page = await open({ ...phone, colorScheme })
  await save(page, `7-phone-first-${colorScheme}`)
  await page.getByLabel('Message', { exact: true }).fill(command)
  await page.getByRole('button', { name: 'Send' }).click()
  const approve = page.getByRole('button', { name: 'Approve: block the left-over watcher' })
  await approve.waitFor()
  await save(page, `8-phone-finding-${colorScheme}`)
  const width = await page.evaluate('document.documentElement.scrollWidth')
  expect(width).toBeLessThanOrEqual(390)
  await approve.click()
  await save(page, `9-phone-confirm-${colorScheme}`)
  await page.getByRole('button', { name: 'Block it' }).click()
  await page.getByText('Only visible to you').waitFor()
  const { ts } = pair.slack.messages(incident)[0]!
  await pair.slack.click(mei, incident, ts, 'approve')
  await page.getByRole('button', { name: '5 replies' }).click()
  await page.getByRole('log', { name: 'Thread replies' }).getByText('Done.').waitFor()
  await save(page, `a-phone-thread-${colorScheme}`)
  await page.getByRole('button', { name: 'Close thread' }).click()
  await page.getByRole('button', { name: 'Channels' }).click()
  await save(page, `b-phone-menu-${colorScheme}`)
  await page.getByRole('button', { name: '# storage', exact: true }).click()
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('# storage')
})

test('dark on a desktop, with a thread open and every kind of text', async () => {
  const page = await open({ ...desktop, colorScheme: 'dark' })
  await pair.slack.command(lin, incident, 'check watchers x')
  const found = await pair.slack.waitFor((message) => message.text === 'A left-over watcher.')
  await pair.slack.click(mei, incident, found.ts, 'evidence')
  await pair.slack.click(mei, incident, found.ts, 'approve')
  await pair.slack.waitFor((message) => message.text.includes('Done'))
  await page.getByRole('button', { name: '7 replies' }).click()
  await page.getByText('evidence.txt').waitFor()
  await save(page, 'c-dark')
})
