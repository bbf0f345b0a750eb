import { setUpComposer } from './composer.js'
import { showViews } from './dialogs.js'
import { byId, h, notify } from './dom.js'
import { drawHint, foldHint } from './hint.js'
import { avatar, drawMessages } from './render-message.js'
import { drawSidebar } from './sidebar.js'
import { apply, nameOf, store, visible } from './store.js'
import { setUpSwitcher } from './switcher.js'

let stream
let composers

/** Sees the workspace as this user from now on. */
function become(user) {
  stream?.close()
  store.user = user
  if (user) sessionStorage.setItem('user', user)
  stream = new EventSource(`/page/stream?user=${encodeURIComponent(user)}`)
  stream.onmessage = ({ data }) => take(JSON.parse(data))
  stream.onerror = () => notify('The connection is lost. Is the demo still running? Trying again …', true)
}

function take(change) {
  apply(change)
  if (change.kind === 'snapshot') {
    notify('', true)
    if (!store.users.has(store.user)) return become([...store.users.keys()][0])
    composers ??= setUpComposers()
    drawHint(composers.channel.put)
    if (visible(store.channel).length > 0) foldHint(composers.channel.put)
  }
  if (change.kind === 'message' && change.message.user === store.bot.userId) foldHint(composers.channel.put)
  draw()
}

const code = (text) => h('code', {}, text)

function setUpComposers() {
  return {
    channel: setUpComposer(byId('composer'), {
      label: 'Message',
      tip: [code(store.command), ' or ', code(`@${store.bot.name}`)],
      place: () => ({ channel: store.channel }),
    }),
    thread: setUpComposer(byId('reply'), {
      label: 'Reply',
      tip: [code(`@${store.bot.name}`), ' hears you here'],
      place: () => ({ channel: store.channel, threadTs: store.threadTs }),
    }),
  }
}

function draw() {
  const channel = store.channels.get(store.channel)
  const title = channel?.with ? store.bot.name : `# ${channel?.name ?? ''}`
  document.title = `${channel?.name ?? ''} · ${store.team.name}`
  byId('team').textContent = store.team.name
  byId('channel-name').textContent = title
  byId('channel-about').textContent = `${store.users.size} people and ${store.bot.name}`
  byId('me').replaceChildren(
    avatar(store.user),
    h('span', {}, 'You are ', h('strong', {}, nameOf(store.user)), ' ▾'),
  )
  drawSidebar(openChannel)
  drawMessages(byId('messages'), visible(store.channel), openThread, { beginning: title })
  composers.channel.setPlaceholder(`Message ${title.replace('# ', '#')}`)
  drawThread()
  showViews()
}

function drawThread() {
  const open = store.threadTs !== '' && store.messages.has(store.threadTs)
  byId('thread').hidden = !open
  document.body.classList.toggle('thread-open', open)
  if (!open) return
  byId('thread-where').textContent = `# ${store.channels.get(store.channel)?.name ?? ''}`
  drawMessages(byId('replies'), visible(store.channel, store.threadTs), openThread, { inThread: true })
  composers.thread.setPlaceholder('Reply …')
}

function openChannel(id) {
  Object.assign(store, { channel: id, threadTs: '' })
  store.unread.delete(id)
  showSidebar(false)
  byId('messages').replaceChildren()
  draw()
  byId('messages').scrollTop = byId('messages').scrollHeight
}

function openThread(ts) {
  store.threadTs = ts
  byId('replies').replaceChildren()
  draw()
  byId('replies').scrollTop = byId('replies').scrollHeight
  if (ts && matchMedia('(hover: hover)').matches) composers.thread.focus()
}

function closeThread() {
  openThread('')
  composers.channel.focus()
}

function showSidebar(shown) {
  document.body.classList.toggle('sidebar-open', shown)
  byId('menu').setAttribute('aria-expanded', String(shown))
}

byId('close-thread').addEventListener('click', closeThread)
byId('menu').addEventListener('click', () => showSidebar(!document.body.classList.contains('sidebar-open')))
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || document.querySelector('dialog[open]')) return
  if (document.body.classList.contains('sidebar-open')) showSidebar(false)
  else if (store.threadTs && !byId('people').matches(':not([hidden])')) closeThread()
})
setUpSwitcher(become)
// a link to a message opens its thread
const asked = new URLSearchParams(location.search)
Object.assign(store, { channel: asked.get('channel') ?? '', threadTs: asked.get('thread') ?? '' })
become(asked.get('user') ?? sessionStorage.getItem('user') ?? '')
