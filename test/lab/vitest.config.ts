import { defineConfig } from 'vitest/config'

/** UNWEDGE_TEST_REPORT: a file for what came of each test, as JSON. */
const report = process.env.UNWEDGE_TEST_REPORT

export default defineConfig({
  test: {
    include: ['test/**/*.lab.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // each brings a bot, a worker and a Redis of its own, and two cores have to do
    maxConcurrency: 3,
    // real daemons share this machine's ports, /proc and mounts
    fileParallelism: false,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
})
