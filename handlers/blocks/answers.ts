import type { Declaration } from '../../playbooks/shared/playbook.ts'
import { type Refusal, shown, suggestionLead } from '../command-line.ts'
import { escaped, type Message, message, section } from './message.ts'

const LONGEST_HINT = 500

/** A line that was not understood: what is wrong with it, and what would be right. */
export function refusal(refused: Refusal, command: string): Message {
  const { problem, tryThis } = refused
  const line = tryThis === undefined ? undefined : copyable(tryThis)
  const hint =
    line === undefined ? '' : `\n${suggestionLead(refused)}: \`${escaped(command)} ${escaped(line)}\``
  return message([section(`${escaped(problem)}${hint}`)])
}

/** People copy it: whole, or not at all. */
function copyable(line: string): string | undefined {
  return line.length > LONGEST_HINT ? undefined : line.replace(/[\p{C}`]/gu, '·')
}

/** What unwedge can do, or how one check is written. */
export function help(
  catalogue: readonly Declaration[],
  clusters: readonly string[],
  command: string,
  topic?: string,
): Message {
  const playbook = catalogue.find((candidate) => candidate.name === topic)
  if (playbook) {
    const { usage } = playbook
    const options = Object.entries({ ...usage.options, cluster: `one of ${clusters.join(', ')}` })
    return message([
      section(
        `*check ${playbook.name}*: ${escaped(playbook.title)}\n\`${escaped(`${command} check ${playbook.name} ${usage.target}`)}\``,
      ),
      section(options.map(([name, meaning]) => `\`${name}=\` ${escaped(meaning)}`).join('\n')),
      section(usage.examples.map((example) => `\`${escaped(`${command} ${example}`)}\``).join('\n')),
    ])
  }
  const unknown = topic === undefined ? '' : `I have no help about \`${escaped(shown(topic))}\`. `
  return message([
    section(
      `${unknown}A check only looks; it can always be repeated. What would change something is offered as a button that someone else approves.`,
    ),
    section(
      [
        ...catalogue.map(
          (p) =>
            `\`${escaped(`${command} ${p.usage.examples[0] ?? `check ${p.name}`}`)}\`\n${escaped(p.title)}`,
        ),
        `\`${command} status\`\nwhat is running, what waits for an approval, which workers are there`,
        `\`${command} help NAME\`\nhow one check is written`,
      ].join('\n'),
    ),
    section(
      `Clusters: ${clusters.map((name) => `*${escaped(name)}*`).join(', ')}. In threads, mention me instead: slash commands don't work there.`,
    ),
  ])
}
