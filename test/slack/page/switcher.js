import { byId, h } from './dom.js'
import { avatar } from './render-message.js'
import { store } from './store.js'

/** The menu behind "You are …": choose whom to act as, so that one person can see four eyes at work. */
export function setUpSwitcher(become) {
  const [button, menu] = [byId('me'), byId('people')]
  const toggle = (open) => {
    menu.hidden = !open
    button.setAttribute('aria-expanded', String(open))
    if (open) menu.querySelector('[aria-checked=true]')?.focus()
  }
  const choose = (id) => {
    toggle(false)
    become(id)
    button.focus()
  }
  button.addEventListener('click', () => {
    menu.replaceChildren(
      h('p', { class: 'quiet' }, 'Act as'),
      ...[...store.users.values()].map(({ id, name }) =>
        h(
          'button',
          {
            role: 'menuitemradio',
            type: 'button',
            'aria-checked': String(id === store.user),
            onclick: () => choose(id),
          },
          avatar(id),
          name,
        ),
      ),
    )
    toggle(menu.hidden)
  })
  menu.addEventListener('keydown', (event) => {
    const items = [...menu.querySelectorAll('button')]
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) items.at((items.indexOf(document.activeElement) + step) % items.length).focus()
    if (event.key !== 'Escape') return
    event.stopPropagation()
    toggle(false)
    button.focus()
  })
  document.addEventListener('click', (event) => {
    if (!event.target.closest('.switcher')) toggle(false)
  })
}
