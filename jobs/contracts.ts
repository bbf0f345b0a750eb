import { z } from 'zod'
import { Diagnosis, Offer } from '../playbooks/shared/finding.ts'
import { Inventory } from '../playbooks/shared/inventory.ts'
import { Observation } from '../playbooks/shared/observation.ts'

/** Ids go into BullMQ job ids, Redis keys and Slack block ids: no colon, never a bare integer. */
export const Id = z.string().regex(/^[a-z][a-z0-9-]{5,60}$/)

/** Arguments as typed (`target` and options); the playbook's own schema validates them on both sides. */
export const RawArgs = z.record(z.string(), z.string().max(512))
export type RawArgs = z.infer<typeof RawArgs>

/** Where the answer goes in Slack. */
export const Origin = z.object({
  channel: z.string(),
  /** the thread to answer in, when the command was a mention inside one */
  threadTs: z.string().optional(),
})
export type Origin = z.infer<typeof Origin>

/** One check to run: the data of a check job, and of its report job. */
export const CheckRequest = z.object({
  id: Id,
  playbook: z.string(),
  args: RawArgs,
  cluster: z.string(),
  /** Slack user id */
  requestedBy: z.string(),
  origin: Origin,
  /** milliseconds since the epoch */
  requestedAt: z.number(),
})
export type CheckRequest = z.infer<typeof CheckRequest>

/** What one check saw, command by command; enough to reproduce its findings anywhere. */
export const Recording = z.object({
  format: z.literal('unwedge-recording-1'),
  playbook: z.string(),
  args: RawArgs,
  inventory: Inventory,
  startedAt: z.number(),
  endedAt: z.number(),
  observations: z.array(Observation),
})
export type Recording = z.infer<typeof Recording>

/** What a check concluded. `first-look` is the answer before the second look; `final` is the last word. */
export const CheckResult = z.object({
  playbook: z.string(),
  cluster: z.string(),
  subject: z.string(),
  stage: z.enum(['first-look', 'final']),
  startedAt: z.number(),
  endedAt: z.number(),
  diagnosis: Diagnosis,
})
export type CheckResult = z.infer<typeof CheckResult>

export const ApprovalState = z.enum([
  'pending',
  'approved',
  'running',
  'done',
  'failed',
  'unknown',
  'rejected',
  'vetoed',
  'expired',
])
export type ApprovalState = z.infer<typeof ApprovalState>

export const Decision = z.object({ user: z.string(), at: z.number() })
export type Decision = z.infer<typeof Decision>

/** The record that lets exactly one remedy run exactly once, before a deadline. */
export const Approval = z.object({
  id: Id,
  checkId: Id,
  cluster: z.string(),
  playbook: z.string(),
  args: RawArgs,
  offer: Offer,
  requestedBy: z.string(),
  /** Slack user ids that may approve */
  approvers: z.array(z.string()),
  origin: Origin,
  state: ApprovalState,
  approvedBy: z.array(Decision),
  /** who rejected or vetoed it */
  stoppedBy: Decision.optional(),
  createdAt: z.number(),
  /** after this it can no longer be approved */
  expiresAt: z.number(),
  /** one line: why it ended as it did */
  note: z.string().optional(),
})
export type Approval = z.infer<typeof Approval>

/** What the bot signs: everything the worker needs to act, and nothing it could reinterpret. */
export const Mandate = z.object({
  approvalId: Id,
  checkId: Id,
  cluster: z.string(),
  playbook: z.string(),
  args: RawArgs,
  remedy: z.string(),
  params: z.record(z.string(), z.string()),
  basis: z.string(),
  requestedBy: z.string(),
  approvedBy: z.array(Decision).min(1),
  /** how many distinct people had to agree */
  approvals: Offer.shape.approvals,
  /** no step starts after this */
  deadline: z.number(),
})
export type Mandate = z.infer<typeof Mandate>

/** The data of a remedy job: a mandate and the bot's Ed25519 signature over its canonical text (base64). */
export const RemedyRequest = z.object({ mandate: Mandate, signature: z.string(), origin: Origin })
export type RemedyRequest = z.infer<typeof RemedyRequest>

/** One line of the thread while a remedy runs. */
export const StepLine = z.object({ at: z.number(), text: z.string(), ok: z.boolean() })
export type StepLine = z.infer<typeof StepLine>

/** What a remedy has left that must not stay: it is taken back by itself at `until`, or is being taken back now. */
export const Leaves = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('stays'),
    /** ms since the epoch */
    until: z.number(),
    /** what taking it back does: "turn tracing off"; absent: the label of the offer says it */
    label: z.string().optional(),
    /** what will be run, for the confirm dialog */
    commands: z.array(z.string()),
  }),
  z.object({ state: z.literal('being-taken-back') }),
])
export type Leaves = z.infer<typeof Leaves>

/** How a remedy ended. `refused`: nothing was touched. `unknown`: the worker died inside it. */
export const RemedyResult = z.object({
  approvalId: Id,
  state: z.enum(['done', 'failed', 'refused', 'unknown']),
  lines: z.array(StepLine),
  now: z.string(),
  undone: z.string(),
  next: z.string(),
  /** what may follow, e.g. the way back */
  offers: z.array(Offer),
  /** absent: nothing that must not stay */
  leaves: Leaves.optional(),
})
export type RemedyResult = z.infer<typeof RemedyResult>

/**
 * The data of an undo job, and of its report: whose remedy it was, and what that set up. The signature covers the
 * mandate; `left` is vouched for by the trail, where the worker wrote its hash before it acted.
 */
export const TakeBackRequest = RemedyRequest.extend({
  /** where it is and what was so before, for the remedy's `takeBack` */
  left: z.record(z.string(), z.string()),
  /** what taking it back does: "turn tracing off" */
  label: z.string().optional(),
  /** when it falls due, ms since the epoch; for people, the queue decides */
  dueAt: z.number(),
  /** the number of the audit entry that says the same */
  entry: z.number().int().positive(),
  /** 1; more when it was asked for again */
  round: z.number().int().positive(),
})
export type TakeBackRequest = z.infer<typeof TakeBackRequest>

/** How far taking back has come. `not-yet`: it did not work and is tried again; `given-up`: a person has to do it. */
export const TakeBackResult = z.object({
  approvalId: Id,
  round: z.number().int().positive(),
  state: z.enum(['taken-back', 'not-yet', 'given-up']),
  tries: z.number(),
  lines: z.array(StepLine),
  /** what is so once it is taken back; else why it is not */
  now: z.string(),
  /** what a person has to do; '' when it is taken back */
  otherwise: z.string(),
})
export type TakeBackResult = z.infer<typeof TakeBackResult>

/** What a worker tells while it works; may get lost, the job's result never does. */
export const ProgressEvent = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('check'),
    id: Id,
    looking: z.array(z.string()),
    ended: z.number(),
    wanted: z.number(),
    hosts: z.object({ ended: z.number(), wanted: z.number() }),
    elapsedMs: z.number(),
    firstLook: CheckResult.optional(),
  }),
  z.object({ kind: z.literal('remedy'), approvalId: Id, lines: z.array(StepLine) }),
])
export type ProgressEvent = z.infer<typeof ProgressEvent>
