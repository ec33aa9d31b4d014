import { connect } from 'node:net'

/** Sends bytes as they are and resolves with all that came back until the server closed, or nothing came for a while. */
export function rawHttp(url: string, bytes: string | Buffer, quietMillis = 1500): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise(resolve => {
    const socket = connect(Number(port), hostname)
    let answer = ''
    socket.setTimeout(quietMillis, () => socket.destroy())
    socket.on('data', chunk => {
      answer += chunk.toString('latin1')
    })
    // A server that has answered may reset what it does not want to read.
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(answer))
    socket.write(bytes)
  })
}
