import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The baseline: parses the body and replies a constant of the size of a prediction. Resolves with its address. */
export function runBare(): Promise<string> {
  const reply = JSON.stringify({
    id: 'x'.repeat(36),
    predictions: [{ prediction_id: 'x'.repeat(38), score: 0.123456789012345, served_by: 'model' }],
  })
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString())
      res.writeHead(body ? 200 : 400, { 'content-type': 'application/json', 'content-length': reply.length })
      res.end(reply)
    })
  })
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/predict/late`),
    )
  })
}
