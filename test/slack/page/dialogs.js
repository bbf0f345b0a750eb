import { h, notify } from './dom.js'
import { blockNodes } from './render-blocks.js'
import { textNodes } from './render-text.js'
import { store, tell } from './store.js'

/** Asks before a deed; true when the user agreed. Esc and a click outside mean no. */
export function askFirst(confirm) {
  return new Promise((resolve) => {
    const dialog = h(
      'dialog',
      { class: 'dialog small', 'aria-labelledby': 'confirm-title' },
      h('header', {}, h('h2', { id: 'confirm-title' }, textNodes(confirm.title))),
      h('div', { class: 'dialog-body rich' }, textNodes(confirm.text)),
      h(
        'footer',
        {},
        h(
          'button',
          { class: 'button', type: 'button', onclick: () => dialog.close('no') },
          textNodes(confirm.deny),
        ),
        h(
          'button',
          {
            class: `button ${confirm.style ?? 'primary'}`,
            type: 'button',
            onclick: () => dialog.close('yes'),
          },
          textNodes(confirm.confirm),
        ),
      ),
    )
    dialog.addEventListener('click', (event) => event.target === dialog && dialog.close('no'))
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(dialog.returnValue === 'yes')
    })
    document.body.append(dialog)
    dialog.showModal()
  })
}

let shown

/** Shows the top modal of the current user, keeps what was typed when it is only redrawn, and hides it when it has gone. */
export function showViews() {
  const top = store.views.at(-1)
  const key = top && `${top.id} ${top.hash}`
  if (key === shown?.key) return
  const typed = shown?.id === top?.id ? values(shown?.form) : {}
  shown?.dialog.remove()
  shown = top && { key, id: top.id, ...draw(top, typed) }
  shown?.dialog.showModal()
}

function draw({ id, view }, typed) {
  const close = () => tell('close', { viewId: id }).catch((error) => notify(error.message))
  const form = h('form', {
    class: 'dialog-form',
    novalidate: true,
    onsubmit: (event) => submit(event, id, form),
  })
  const act = async (_block, element, option) => {
    if (element.confirm && !(await askFirst(element.confirm))) return
    await tell('click-in-view', { viewId: id, actionId: element.action_id, option }).catch((error) =>
      notify(error.message),
    )
  }
  form.append(
    h(
      'header',
      {},
      h('h2', { id: 'view-title' }, textNodes(view.title)),
      h('button', { class: 'icon-button', type: 'button', 'aria-label': 'Close', onclick: close }, '✕'),
    ),
    h(
      'div',
      { class: 'dialog-body' },
      view.blocks.map((block) => (block.type === 'input' ? field(block, typed) : blockNodes([block], act))),
    ),
    h(
      'footer',
      {},
      h(
        'button',
        { class: 'button', type: 'button', onclick: close },
        view.close ? textNodes(view.close) : 'Cancel',
      ),
      view.submit && h('button', { class: 'button primary', type: 'submit' }, textNodes(view.submit)),
    ),
  )
  const dialog = h('dialog', { class: 'dialog', 'aria-labelledby': 'view-title' }, form)
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault()
    close()
  })
  document.body.append(dialog)
  return { dialog, form }
}

function field(block, typed) {
  const { element } = block
  const [name, problemId] = [block.block_id, `problem-${block.block_id}`]
  const value = typed[name] ?? element.initial_value ?? element.initial_option?.value ?? ''
  const common = {
    id: `field-${name}`,
    name,
    'aria-describedby': problemId,
    placeholder: element.placeholder?.text,
    autofocus: element.focus_on_load,
  }
  const options = [
    ...(element.options ?? []),
    ...(element.option_groups ?? []).flatMap((group) => group.options),
  ]
  const control =
    element.type === 'static_select'
      ? h(
          'select',
          common,
          h('option', { value: '' }, element.placeholder?.text ?? 'Choose an option'),
          options.map((each) => h('option', { value: each.value }, each.text.text)),
        )
      : h(element.multiline ? 'textarea' : 'input', { ...common, autocomplete: 'off', spellcheck: 'false' })
  control.value = value
  return h(
    'div',
    { class: 'field' },
    h(
      'label',
      { for: common.id },
      textNodes(block.label),
      block.optional && h('span', { class: 'quiet' }, ' (optional)'),
    ),
    control,
    h('p', { id: problemId, class: 'problem', role: 'alert' }),
    block.hint && h('p', { class: 'quiet' }, textNodes(block.hint)),
  )
}

const values = (form) => (form ? Object.fromEntries(new FormData(form)) : {})

async function submit(event, viewId, form) {
  event.preventDefault()
  const button = form.querySelector('[type=submit]')
  button.disabled = true
  const ended = await tell('submit', { viewId, values: values(form) }).catch((error) => ({
    failed: error.message,
  }))
  button.disabled = false
  if (ended.failed) return notify(ended.failed)
  if (ended.sent && !ended.closed && !ended.errors && shown?.id === viewId)
    notify('We had some trouble connecting. Try again?')
  for (const problem of form.querySelectorAll('.problem')) problem.textContent = ''
  for (const [block, words] of Object.entries(ended.errors ?? {})) {
    form.querySelector(`#problem-${CSS.escape(block)}`)?.replaceChildren(words)
    form.elements[block]?.setAttribute('aria-invalid', 'true')
  }
  form.querySelector('[aria-invalid]')?.focus()
}
