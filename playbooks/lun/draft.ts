import type { Finding } from '../shared/finding.ts'

/** A finding, before it is said whose it is. */
export type Draft = Omit<Finding, 'playbook'>
