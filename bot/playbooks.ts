import { catalogue } from '../playbooks/catalogue.ts'
import { allPlaybooks } from '../playbooks/shared/playbook.ts'

/** `unwedge playbooks`: what can be checked, and how it is written. */
export async function playbooksText(json: boolean): Promise<string> {
  const all = (await allPlaybooks(catalogue)).map(({ name, title, usage, remedies }) => ({
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
