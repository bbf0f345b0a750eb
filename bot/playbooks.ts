import { catalogue } from '../playbooks/catalogue.ts'

/** `unwedge playbooks`: what can be checked, and how it is written. */
export function playbooksText(json: boolean): string {
  const all = catalogue.map(({ name, title, usage, remedies }) => ({
    name,
    title,
    usage: `check ${name} ${usage.target}`,
    options: usage.options,
    examples: usage.examples,
    remedies: Object.keys(remedies),
  }))
  if (json) return JSON.stringify(all, null, 2)
  return all
    .map((playbook) =>
      [
        `${playbook.usage}`,
        `  ${playbook.title}`,
        ...playbook.examples.map((example) => `  e.g. unwedge ${example}`),
        `  remedies: ${playbook.remedies.join(', ') || 'none'}`,
      ].join('\n'),
    )
    .join('\n\n')
}
