import { NotSeen } from '../shared/probe.ts'
import type { Act, Remedy, RemedyContext, RemedyPlan } from '../shared/remedy.ts'
import { code } from '../shared/text.ts'
import type { LockArgs } from './args.ts'
import { basisOfExpire, ExpireParams, expireCommand } from './basis.ts'
import { gather } from './evidence.ts'
import { held } from './judge.ts'
import { probesOf } from './probes.ts'
import { expireArgv } from './scripts.ts'
import { act, releaseOf, verify } from './steps.ts'
import { fileName } from './words.ts'

type Context = RemedyContext<LockArgs>

/** Ends one NFSv4 client on its server: its leases, opens and locks, and nobody else's. */
export const expireNfsdClient: Remedy<LockArgs> = {
  name: 'expire-nfsd-client',
  params: ExpireParams,
  basis: (raw, context) => {
    const params = ExpireParams.parse(raw)
    const { view, evidence, lease } = viewOfClient(params, context)
    return basisOfExpire(params, view, evidence, lease)
  },
  plan: (raw, context) => planExpire(ExpireParams.parse(raw), context),
}

function viewOfClient({ host, number }: ExpireParams, { args, inventory, seen }: Context) {
  const { evidence } = gather(args, inventory, seen)
  const nfsd = evidence.hosts.find((each) => each.host.name === host)?.nfsd
  const client = nfsd?.seen ? nfsd.value.clients.find((each) => each.number === number) : undefined
  const view =
    evidence.files.find(({ file }) => client?.states.some(({ ino }) => ino === file.ino)) ?? evidence.files[0]
  if (!view) throw new NotSeen('absent', 'the file is not found any more')
  return { view, evidence, lease: nfsd?.seen ? nfsd.value.leaseSeconds : undefined }
}

function planExpire(params: ExpireParams, context: Context): RemedyPlan {
  const { view, evidence } = viewOfClient(params, context)
  const { host, number, clientId, address } = params
  const expire: Act = {
    ...act(
      host,
      'expire',
      expireArgv(params),
      '',
      expireCommand(params),
      'expired',
      `expired ${code(address)}`,
    ),
    touches: 'nfsd:clients',
    limitMs: 60_000,
  }
  const gone = verify({
    id: 'gone',
    withinMs: 10_000,
    everyMs: 1_000,
    probe: { ...probesOf(host).nfsdClients([view.file.ino]), id: 'gone' },
    unless: (nfsd) =>
      nfsd.clients.some((each) => each.number === number && each.clientId === clientId)
        ? `${code(address)} is still listed`
        : undefined,
    done: () => `${code(address)} is not listed any more`,
  })
  return {
    steps: [expire, gone, ...releaseOf(view, evidence)],
    outcome: {
      now: `NFSv4 client ${code(address)} has lost its locks and opens on ${code(host)}.`,
      next: held(view).length > 0 ? `Find out why ${code(address)} did not renew its lease.` : '',
      offers: [],
    },
    stoppedAt: (step) =>
      step === 'expire' || step === 'gone'
        ? {
            now: `It is not certain whether ${code(address)} was expired.`,
            undone: 'An expired client cannot be brought back; it has to mount again.',
            next: `Look on ${code(host)}: \`cat /proc/fs/nfsd/clients/${number}/info\`. Then check again.`,
          }
        : {
            now: `${code(address)} was expired, but somebody still waits for ${fileName(view.file)}.`,
            undone: 'An expired client cannot be brought back; it has to mount again.',
            next: 'Check again: somebody else may hold it now.',
          },
  }
}
