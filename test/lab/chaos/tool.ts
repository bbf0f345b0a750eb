import { createConnection } from 'node:net'

// stands for `ceph`, `rados` and so on: asks the test what to print
const [socket = '', ...argv] = process.argv.slice(2)
const connection = createConnection(socket)
let text = ''
connection.setEncoding('utf8')
connection.on('data', (part) => {
  text += part
})
connection.on('end', () => {
  const { stdout = '', stderr = '', exitCode = 0 } = JSON.parse(text)
  process.stdout.write(stdout)
  process.stderr.write(stderr)
  process.exitCode = exitCode
})
connection.write(`${JSON.stringify(argv)}\n`)
