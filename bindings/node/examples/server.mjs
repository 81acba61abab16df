// A server that runs what it is sent: POST Python, get a receipt. Loops and all, it keeps answering.
//
//     node server.mjs 8080 &
//     curl --data 'print(6 * 7)' http://127.0.0.1:8080/
//     curl --data 'while True: pass' http://127.0.0.1:8080/
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

import { run } from 'belljar'

const limits = { timeout: 1000, memory: '64M', output: '64K', files: 100 }

const server = createServer(async (request, response) => {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  try {
    const receipt = await run('python', { ...limits, source: await text(request), signal: gone.signal })
    response.setHeader('content-type', 'application/json').end(JSON.stringify(receipt))
  } catch (error) {
    if (!gone.signal.aborted) response.writeHead(500).end(`${error.name}: ${error.message}\n`)
  }
})
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`))
