import { byId, h } from './dom.js'
import { textNodes } from './render-text.js'
import { store } from './store.js'

const key = 'hint-folded'

/** The first-run hint above the composer: what this is, and texts that one click puts into the composer. */
export function drawHint(put) {
  const section = byId('hint')
  const { hint } = store
  section.hidden = !hint
  if (!hint) return
  const folded = sessionStorage.getItem(key) === 'yes'
  const fold = () => {
    sessionStorage.setItem(key, folded ? 'no' : 'yes')
    drawHint(put)
  }
  section.classList.toggle('folded', folded)
  section.replaceChildren(
    h(
      'header',
      {},
      h('h2', {}, hint.title),
      h(
        'button',
        { class: 'link', type: 'button', 'aria-expanded': String(!folded), onclick: fold },
        folded ? 'Show' : 'Hide',
      ),
    ),
    h(
      'div',
      { class: 'hint-lines rich' },
      hint.lines.map((line) => h('p', {}, textNodes(line))),
    ),
    h(
      'div',
      { class: 'chips' },
      h('span', { class: 'quiet' }, 'Try:'),
      hint.tries.map((text) =>
        h('button', { class: 'chip', type: 'button', onclick: () => put(text) }, text),
      ),
    ),
  )
}

/** After the first message the hint shrinks to the things to try. */
export function foldHint(put) {
  if (sessionStorage.getItem(key)) return
  sessionStorage.setItem(key, 'yes')
  drawHint(put)
}
