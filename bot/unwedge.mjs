#!/usr/bin/env node
// Plain JavaScript that any Node can read: finds a Node that runs TypeScript, and starts the real program with it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('./cli.ts', import.meta.url))
const major = Number.parseInt(process.versions.node, 10)

if (major >= 24) {
  // Before the first module of ours, or that one would be compiled anew at every start. Beside the code and not in /tmp,
  // where others could put theirs in its place; where it can't be written, it is simply not there.
  nodeModule.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/unwedge', import.meta.url)))
  await import('./cli.ts')
} else {
  const own = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))
  if (!existsSync(own)) {
    console.error(
      `unwedge needs Node 24 or later; this is ${process.version}. Run \`npm install\` in its checkout: that brings one along.`,
    )
    process.exit(2)
  }
  const child = spawn(own, [cli, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
}
