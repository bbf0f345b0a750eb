import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { Command, CommanderError } from 'commander'

const version = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version
const program = new Command('unwedge')

program
  .description(
    'Looks at wedged volumes, shares and mounts, shows the evidence, and acts only when a second person approves.',
  )
  .version(version)
  .exitOverride()
  .showHelpAfterError('Try: unwedge --help')

const configOption = [
  '--config <file>',
  'configuration (default: UNWEDGE_CONFIG, else unwedge.yaml)',
] as const

// every command loads its own code: --help and check start without Slack and the queue
program
  .command('check')
  .description(
    'run a check in this terminal, without Slack and Redis, e.g. check watchers rbd_header.7mjm6dk28jaj3 cluster=demo',
  )
  .argument('<words...>', 'NAME TARGET key=value …')
  .option(...configOption)
  .option('--json', 'one JSON document for machines')
  .option('--record <file>', 'keep what was seen, for `replay`')
  .allowUnknownOption()
  .addHelpText('after', '\nExit codes: 0 looked and nothing is wrong, 1 something is, 2 could not look.')
  .action(async (words, flags) => exit(await (await import('./check.ts')).checkInTerminal(words, flags)))

program
  .command('replay')
  .description('the findings of a recorded check, diagnosed again')
  .argument('<file>')
  .option('--json', 'one JSON document for machines')
  .action(async (file, flags) => exit(await (await import('./check.ts')).replayInTerminal(file, flags)))

program
  .command('triage')
  .description('what a pasted log or command output says, and what to check next: unwedge triage < text')
  .argument('[file]', 'the text (default: stdin)')
  .option('--json', 'one JSON document for machines')
  .addHelpText(
    'after',
    '\nExit codes: 0 read and nothing is wrong, 1 something is, 2 nothing could be read from it.',
  )
  .action(async (file, flags) => exit(await (await import('./triage.ts')).triageInTerminal(file, flags)))

program
  .command('playbooks')
  .description('what can be checked')
  .option('--json', 'one JSON document for machines')
  .action(async (flags) =>
    console.log(await (await import('./playbooks.ts')).playbooksText(flags.json === true)),
  )

program
  .command('bot')
  .description('the Slack side: commands, approvals, reports')
  .option(...configOption)
  .action(async (flags) => {
    const { keepYoungGenerationSmall } = await import('./young-generation.ts')
    const youngGeneration = keepYoungGenerationSmall()
    // whole collections, of 5 to 10 ms, only when there is more than twice as much as was left: docs/decisions/0008
    setFlagsFromString('--heap-growing-percent=150')
    await (await import('./start-bot.ts')).startBot(flags, youngGeneration.around)
  })

program
  .command('worker')
  .description('the cluster side: runs checks and approved remedies; holds no Slack token')
  .option(...configOption)
  .option('--cluster <name...>', 'only these clusters (default: all that are configured)')
  .action(async (flags) => (await import('./start-worker.ts')).startWorkers(flags, version))

program
  .command('demo')
  .description('a Slack-like page, the bot, the queue and a worker on this machine; nothing else is needed')
  .option('--port <port>', 'where the page listens', '8765')
  .action(async (flags) => (await import('./demo.ts')).demo(flags))

const config = program.command('config').description('the configuration file')
config
  .command('check')
  .description('say what is wrong with the configuration, or that nothing is')
  .option(...configOption)
  .action(async (flags) => console.log((await import('./config-command.ts')).checkConfig(flags.config)))
config
  .command('schema')
  .description('JSON Schema of unwedge.yaml, for editors')
  .action(async () => console.log((await import('./config-command.ts')).configSchema()))
config
  .command('keys')
  .description('make the key pair with which the bot signs and workers verify')
  .argument('<folder>')
  .action(async (folder) => console.log((await import('./config-command.ts')).writeKeys(folder)))

const hosts = program.command('hosts').description('the hosts of the configuration')
hosts
  .command('check')
  .description('say of every host whether it is reachable, and which of its roles it has the tools for')
  .option(...configOption)
  .option('--cluster <name>', 'only this cluster')
  .option('--json', 'one JSON document for machines')
  .action(async (flags) => exit(await (await import('./hosts.ts')).checkHostsInTerminal(flags)))

hosts
  .command('gate')
  .description('print the script that lets a host run only our commands as root (become: gate)')
  .argument('<host>')
  .option(...configOption)
  .option('--cluster <name>', 'where several have a host of this name')
  .option('--checks-only', 'without what remedies do')
  .action(async (host, flags) => print(await (await import('./gate.ts')).gateText(host, flags)))
hosts
  .command('sudoers')
  .description('print the lines of sudoers that allow the gate to the login user')
  .argument('<host>')
  .option(...configOption)
  .option('--cluster <name>', 'where several have a host of this name')
  .action(async (host, flags) => print((await import('./gate.ts')).sudoersText(host, flags)))

const alerts = program.command('alerts').description('alerts that open threads')
alerts
  .command('test')
  .description('what the rules would start for a delivery; nothing is started')
  .argument('<file>', 'the JSON body of a delivery')
  .option(...configOption)
  .option('--source <name>', 'as if it came from this source (default: the first one)')
  .action(async (file, flags) => exit((await import('./alerts.ts')).testAlerts(file, flags)))

const audit = program.command('audit').description('the record of every decision and action')
audit
  .command('export')
  .description('the whole trail as JSON lines')
  .option(...configOption)
  .action(async (flags) => (await import('./audit.ts')).exportAudit(flags))
audit
  .command('verify')
  .description('check an exported trail, offline')
  .argument('<file>')
  .option('--head <hash>', 'a hash noted earlier, e.g. the record shown in a thread; it has to occur')
  .action(async (file, flags) => exit((await import('./audit.ts')).verifyFile(file, flags.head)))

function print(text: string): void {
  process.stdout.write(text)
}

function exit(code: number): void {
  process.exitCode = code
}

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else {
    const expected = error instanceof Error && 'code' in error
    console.error(expected ? error.message : error)
    // a connection that is open already would keep a bot or worker that did not come up alive for ever
    process.exit(2)
  }
}
