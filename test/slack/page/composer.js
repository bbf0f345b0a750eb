import { h, notify } from './dom.js'
import { tell } from './store.js'

/** Where one types. Enter sends, Shift+Enter breaks the line, Arrow up brings back what was sent last. */
export function setUpComposer(form, { label, tip, place }) {
  let lastSent = ''
  const field = h('textarea', {
    rows: '1',
    'aria-label': label,
    autocomplete: 'off',
    spellcheck: 'false',
    enterkeyhint: 'send',
  })
  const send = h('button', { class: 'send', type: 'submit', 'aria-label': 'Send', disabled: true }, '➤')
  const grow = () => {
    send.disabled = field.value.trim() === ''
    field.style.height = 'auto'
    field.style.height = `${Math.min(field.scrollHeight, 180)}px`
  }
  const put = (text) => {
    field.value = text
    grow()
    field.focus()
    field.setSelectionRange(text.length, text.length)
  }
  form.append(
    h(
      'div',
      { class: 'composer-box' },
      field,
      h(
        'div',
        { class: 'composer-bar' },
        h('span', { class: 'quiet tip' }, h('kbd', {}, 'Enter'), ' sends · ', tip),
        send,
      ),
    ),
  )
  field.addEventListener('input', grow)
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault()
      form.requestSubmit()
    }
    if (event.key === 'ArrowUp' && field.value === '' && lastSent) {
      event.preventDefault()
      put(lastSent)
    }
  })
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const text = field.value.trim()
    if (text === '') return
    lastSent = text
    put('')
    await tell('send', { ...place(), text }).catch((error) => {
      put(text)
      notify(error.message)
    })
  })
  return {
    put,
    setPlaceholder: (text) => field.setAttribute('placeholder', text),
    focus: () => field.focus(),
    field,
  }
}
