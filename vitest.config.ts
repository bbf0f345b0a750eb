import { defineConfig } from 'vitest/config'

/** UNWEDGE_TEST_REPORT: a file for what came of each test, as JSON. */
const report = process.env.UNWEDGE_TEST_REPORT

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // what needs root or more programs than Node: npm run test:lab
    exclude: ['test/**/*.lab.test.ts', 'node_modules/**'],
    // far more than any test takes: a busy machine is no failure
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // two cores are common; servers and browsers want one of them
    maxWorkers: 2,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
})
