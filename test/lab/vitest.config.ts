import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.lab.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // real daemons share this machine's ports, /proc and mounts
    fileParallelism: false,
  },
})
