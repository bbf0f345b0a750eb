/** What is used of vitest's JSON report. */
export type Report = {
  numPassedTests: number
  testResults: { assertionResults: { fullName: string; status: string }[] }[]
}

/**
 * Why a run does not count although nothing in it failed: nothing ran, or something was left out. Empty when it counts.
 * `whole`: everything was to run; someone who asked for a part of it leaves the rest out on purpose.
 */
export function problemsOf(report: Report, whole: boolean): string[] {
  const tests = report.testResults.flatMap((file) => file.assertionResults)
  if (tests.length === 0) return ['Not one test ran.']
  if (report.numPassedTests === 0) return ['Not one test passed.']
  if (!whole) return []
  const left = tests.filter(({ status }) => status !== 'passed' && status !== 'failed')
  return left.map(({ fullName, status }) => `Not run (${status}), and that is no pass: ${fullName}`)
}
