// Node with the libraries of one part imported, and nothing done with them.
await Promise.all(process.argv.slice(2).map((name) => import(name)))
console.log('ready')
process.stdin.resume().once('end', () => process.exit(0))
