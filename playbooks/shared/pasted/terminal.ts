const ESC = String.fromCharCode(27)
const BEL = String.fromCharCode(7)
const BACKSPACE = String.fromCharCode(8)

const CSI = new RegExp(`${ESC}\\[[0-9;?]*[ -/]*[@-~]`, 'g')
/** the same where an editor or a tool spelled the ESC out: `^[[0m`, `\\e[31m`, `\\x1b[K` */
const SPELLED = /(?:\^\[|\\(?:x1[bB]|033|e|u001[bB])|\u241b)\[(?:[0-9;]+[mHJK]|[mJK](?![\w\]])|\?\d+[hl])/g
/** a window's title and links: ended by BEL or ESC \ */
const OSC = new RegExp(`${ESC}\\][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\\\)?`, 'g')
const OTHER = new RegExp(`${ESC}[ -/]*[0-~]`, 'g')
/** what is left of colours when ESC itself got lost: only in a text that resets them somewhere */
const RESET = /\[0?m/
const ORPHAN = /\[(?:0|01|1|4|7|22|24|27|3[0-7]|39|4[0-7]|49|9[0-7]|\d{1,2}(?:;\d{1,3})+)m/g
/** grep's colours: `[01;31m[K` … `[m[K` */
const ORPHAN_GREP = /\[[\d;]*m\[K|\[[mK](?![\w\]])/g

const INVISIBLE = /\p{Cf}/gu
/** every control character but the tab */
const CONTROL = /(?!\t)\p{Cc}/gu

/** True: the text was coloured and its ESC got lost on the way, as in many web forms. */
export function lostEscapes(text: string): boolean {
  return RESET.test(text) && text.search(ORPHAN) >= 0
}

/** One line without colours, titles, backspaces and what cannot be seen; tabs stay. */
export function withoutTerminal(line: string, orphans: boolean): string {
  let text = line.replace(CSI, '').replace(SPELLED, '').replace(OSC, '').replace(OTHER, '')
  if (orphans) text = text.replace(ORPHAN_GREP, '').replace(ORPHAN, '')
  return overstruck(text).replace(CONTROL, '').replace(INVISIBLE, '')
}

/** `N^HNA^HAM^HME^HE` of man pages: a backspace takes back the character before it. */
function overstruck(text: string): string {
  if (!text.includes(BACKSPACE)) return text
  const shown: string[] = []
  for (const character of text) {
    if (character === BACKSPACE) shown.pop()
    else shown.push(character)
  }
  return shown.join('')
}
