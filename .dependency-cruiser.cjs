// Imports run one way: bot → handlers → jobs → playbooks → zod. See CONTRIBUTING.md.
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

module.exports = {
  forbidden: [
    forbid(
      'playbooks-are-pure',
      'a playbook reads nothing and runs nothing; it may use zod and a JSON reader',
      { path: '^playbooks/' },
      { pathNot: '^playbooks/|^node_modules/(zod|jsonc-parser)/' },
    ),
    forbid(
      'playbooks-do-not-know-each-other',
      'what several need lives in playbooks/shared/',
      { path: '^playbooks/(?!shared/)([^/]+)/' },
      { path: '^playbooks/(?!shared/)[^/]+/', pathNot: '^playbooks/$1/' },
    ),
    forbid(
      'shared-knows-no-playbook',
      'shared/ serves playbooks, not the other way round',
      { path: '^playbooks/shared/' },
      { path: '^playbooks/(?!shared/)' },
    ),
    forbid(
      'jobs-import-no-handlers',
      'a worker loads no Slack code',
      { path: '^jobs/' },
      { path: '^(handlers|bot|test)/|^node_modules/@slack/' },
    ),
    forbid(
      'handlers-import-no-bot',
      'bot/ composes, nothing imports it',
      { path: '^handlers/' },
      { path: '^(bot|test)/' },
    ),
    forbid(
      'bot-imports-no-test',
      'the product does not need its tests',
      { path: '^bot/' },
      { path: '^test/' },
    ),
    forbid(
      'blocks-are-pure',
      'what a message looks like depends on its inputs only',
      { path: '^handlers/blocks/' },
      { path: '^node_modules/(bullmq|ioredis|@slack/(bolt|web-api))/' },
    ),
    forbid(
      'blocks-read-nothing',
      'what a message looks like depends on its inputs only',
      { path: '^handlers/blocks/' },
      { dependencyTypes: ['core'] },
    ),
    forbid(
      'worker-loads-no-slack',
      'a worker process loads no Slack code, by whatever detour',
      { path: '^bot/start-worker\\.ts$' },
      { path: '^handlers/|^node_modules/@slack/', reachable: true },
    ),
    forbid(
      'only-hosts-start-processes',
      'one module starts processes',
      { path: '^(bot|handlers|jobs|playbooks)/', pathNot: '^jobs/hosts/|^bot/unwedge\\.mjs$' },
      { path: '^(node:)?child_process$|^node_modules/execa/' },
    ),
    forbid('no-cycles', 'a cycle hides who needs whom', {}, { circular: true }),
    forbid('resolvable', 'an import that leads nowhere', {}, { couldNotResolve: true }),
  ],
  options: {
    // its own TypeScript support reads nothing with TypeScript 7, and says nothing
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^node_modules/\\.cache' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
