import type { Playbook } from '../../playbooks/shared/playbook.ts'
import { type Refusal, shown } from '../command-line.ts'
import { escape, type Message, message, section } from './message.ts'

/** A line that was not understood: what is wrong with it, and what would be right. */
export function refusal({ problem, tryThis }: Refusal, command: string): Message {
  const hint =
    tryThis === undefined ? '' : `\nDid you mean: \`${escape(command)} ${escape(shownLine(tryThis))}\``
  return message([section(`${escape(problem)}${hint}`)])
}

function shownLine(line: string): string {
  return line.split(' ').map(shown).join(' ').slice(0, 300)
}

/** What unwedge can do, or how one check is written. */
export function help(
  catalogue: readonly Playbook[],
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
        `*check ${playbook.name}*: ${escape(playbook.title)}\n\`${escape(`${command} check ${playbook.name} ${usage.target}`)}\``,
      ),
      section(options.map(([name, meaning]) => `\`${name}=\` ${escape(meaning)}`).join('\n')),
      section(usage.examples.map((example) => `\`${escape(`${command} ${example}`)}\``).join('\n')),
    ])
  }
  const unknown = topic === undefined ? '' : `I have no help about \`${escape(shown(topic))}\`. `
  return message([
    section(
      `${unknown}A check only looks; it can always be repeated. What would change something is offered as a button that someone else approves.`,
    ),
    section(
      [
        ...catalogue.map(
          (p) =>
            `\`${escape(`${command} ${p.usage.examples[0] ?? `check ${p.name}`}`)}\`\n${escape(p.title)}`,
        ),
        `\`${command} status\`\nwhat is running, what waits for an approval, which workers are there`,
        `\`${command} help NAME\`\nhow one check is written`,
      ].join('\n'),
    ),
    section(
      `Clusters: ${clusters.map((name) => `*${escape(name)}*`).join(', ')}. In threads, mention me instead: slash commands don't work there.`,
    ),
  ])
}
