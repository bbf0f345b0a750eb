import { registerHooks } from 'node:module'

// for `node --import`: the product as it is, with one more playbook in its catalogue
const ours = new URL('./catalogue.ts', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) =>
    specifier.endsWith('playbooks/catalogue.ts') && context.parentURL !== ours
      ? { url: ours, format: 'module-typescript', shortCircuit: true }
      : next(specifier, context),
})
