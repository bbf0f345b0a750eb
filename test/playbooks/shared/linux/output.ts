import type { Output } from '../../../../playbooks/shared/probe.ts'

/** What a command left behind, as a parser gets it. */
export function output(stdout: string, more: Partial<Output> = {}): Output {
  return { stdout, stderr: '', exitCode: 0, truncated: false, startedAt: 0, ...more }
}
