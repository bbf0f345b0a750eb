/** Makes an element: `on…` are listeners, the rest are properties or attributes. Text is never read as HTML. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else if (name in element && typeof value !== 'string') element[name] = value
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children.flat(Number.POSITIVE_INFINITY).filter((child) => child || child === 0))
  return element
}

export const byId = (id) => document.getElementById(id)

let noticeTimer

/** A short line at the bottom of the screen; stays when `sticky`. */
export function notify(text, sticky = false) {
  const notice = byId('notice')
  notice.textContent = text
  notice.hidden = text === ''
  clearTimeout(noticeTimer)
  if (!sticky) noticeTimer = setTimeout(() => notify('', true), 6000)
}
