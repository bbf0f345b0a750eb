import { parts, program, startNode } from '../processes.ts'
import { startSite } from '../product.ts'
import type { Line, Row } from '../row.ts'
import { timed } from '../timed.ts'

/** What each part cannot do without. */
const LIBRARIES = {
  bot: ['@slack/bolt', 'bullmq', 'ioredis'],
  worker: ['bullmq', 'execa', 'ioredis'],
  help: ['commander'],
}

export const startUp: Row = {
  name: 'start-up',
  needs: { programs: ['redis-server'] },
  lines: [
    line('start-up, bot', 'bot', 'process started → bot ready (Redis and Slack connected)'),
    line('start-up, worker', 'worker', 'process started → worker ready (Redis connected)'),
    line('start-up, --help', 'help', '`unwedge --help` to its end'),
  ],
  async open() {
    // as it is in earnest: a replayed cluster loads all the incidents
    const site = await startSite({ transport: 'local' })
    const ready = async (argv: readonly string[], env: Record<string, string>) => {
      const from = performance.now()
      const served = await startNode(argv, env)
      const took = performance.now() - from
      await served.stop()
      return took
    }
    const bare = (name: 'bot' | 'worker') => ready([parts.importLibraries, ...LIBRARIES[name]], site.worker)
    return {
      runs: {
        unwedge: async () => ({
          bot: await ready([program, 'bot'], site.bot),
          worker: await ready([program, 'worker'], site.worker),
          help: await timed([process.execPath, program, '--help']),
        }),
        node: async () => ({
          bot: await bare('bot'),
          worker: await bare('worker'),
          // it ends with its input
          help: await timed([process.execPath, parts.importLibraries, ...LIBRARIES.help]),
        }),
      },
      close: site.stop,
    }
  },
}

function line(name: string, metric: keyof typeof LIBRARIES, what: string): Line {
  const peer = `node with ${LIBRARIES[metric].join(', ')} imported`
  return {
    name,
    what: `${what}; ${peer}`,
    unit: 'ms',
    ours: `unwedge.${metric}`,
    peer: `node.${metric}`,
    target: 1.3,
  }
}
