import { registerHooks } from 'node:module'

// for `node --import`: the product as it is, with one more playbook in its catalogue and one more incident in its demo
const ours = {
  catalogue: new URL('./catalogue.ts', import.meta.url).href,
  scenarios: new URL('./scenarios.ts', import.meta.url).href,
}
registerHooks({
  resolve: (specifier, context, next) => {
    const [, name] = /playbooks\/(catalogue|scenarios)\.ts$/.exec(specifier) ?? []
    const url = ours[name as keyof typeof ours]
    return url === undefined || context.parentURL === url
      ? next(specifier, context)
      : { url, format: 'module-typescript', shortCircuit: true }
  },
})
