import { connect, type Socket } from 'node:net'

/** Ready-made requests, rotated, to one address. */
export interface Target {
  readonly host: string
  readonly port: number
  readonly requests: readonly Buffer[]
}

const headEnd = Buffer.from('\r\n\r\n')
const lengthName = Buffer.from('ontent-')

/** One keep-alive connection with one request in flight; cheap enough to leave the core to the server. */
function openConnection(target: Target, onReply: (ok: boolean) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let held: Buffer = Buffer.alloc(0)
    const socket = connect({ port: target.port, host: target.host, noDelay: true }, () => resolve(socket))
    socket.once('error', reject)
    socket.on('data', chunk => {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      const head = held.indexOf(headEnd)
      if (head < 0) return
      if (held.length < head + 4 + contentLength(held, head)) return
      // "HTTP/1.1 200": the status begins at byte 9.
      const ok = held[9] === 0x32
      held = Buffer.alloc(0)
      onReply(ok)
    })
  })
}

function contentLength(bytes: Buffer, head: number): number {
  for (let at = bytes.indexOf(lengthName); at >= 0 && at < head; at = bytes.indexOf(lengthName, at + 1)) {
    const line = bytes.toString('latin1', at, bytes.indexOf('\r', at)).toLowerCase()
    if (line.startsWith('ontent-length:')) return Number(line.slice(14))
  }
  return 0
}

/** As many requests as the connections can carry, one in flight on each. */
export async function closedLoop(target: Target, options: { seconds: number; connections: number }) {
  const started = performance.now()
  const end = started + options.seconds * 1000
  const latencies: number[] = []
  let errors = 0
  let next = 0
  const sockets: Socket[] = []
  await Promise.all(
    Array.from({ length: options.connections }, async () => {
      let finished: () => void = () => undefined
      const done = new Promise<void>(resolve => {
        finished = resolve
      })
      let sent = 0
      const send = () => {
        sent = performance.now()
        socket.write(target.requests[next++ % target.requests.length] as Buffer)
      }
      const socket = await openConnection(target, ok => {
        const now = performance.now()
        latencies.push(now - sent)
        if (!ok) errors += 1
        if (now >= end) finished()
        else send()
      })
      sockets.push(socket)
      send()
      await done
    }),
  )
  for (const socket of sockets) socket.destroy()
  const seconds = (performance.now() - started) / 1000
  return { requests: latencies.length, errors, seconds, ...quantilesOf(latencies) }
}

/** Milliseconds. Sorts what it is given. */
function quantilesOf(latencies: number[]): { readonly p50: number; readonly p99: number } {
  latencies.sort((a, b) => a - b)
  const quantile = (p: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(p * latencies.length))] ?? Number.NaN
  return { p50: quantile(0.5), p99: quantile(0.99) }
}

/** A fixed rate; latency counts from the time a request was due, also when no connection was free then. */
export async function openLoop(
  target: Target,
  options: { rate: number; seconds: number; connections: number },
) {
  const latencies: number[] = []
  const due: number[] = []
  let errors = 0
  const free: Socket[] = []
  const sentFor = new Map<Socket, number>()
  let next = 0
  const dispatch = () => {
    while (due.length > 0 && free.length > 0) {
      const socket = free.pop() as Socket
      sentFor.set(socket, due.shift() as number)
      socket.write(target.requests[next++ % target.requests.length] as Buffer)
    }
  }
  const sockets = await Promise.all(
    Array.from({ length: options.connections }, async () => {
      const socket = await openConnection(target, ok => {
        latencies.push(performance.now() - (sentFor.get(socket) ?? 0))
        if (!ok) errors += 1
        free.push(socket)
        dispatch()
      })
      free.push(socket)
      return socket
    }),
  )
  const started = performance.now()
  const total = options.rate * options.seconds
  let scheduled = 0
  while (scheduled < total) {
    // Due times lie between ticks: a timer alone would send in bursts of a millisecond.
    const now = performance.now()
    while (scheduled < total && started + (scheduled * 1000) / options.rate <= now)
      due.push(started + (scheduled++ * 1000) / options.rate)
    dispatch()
    await new Promise(resolve => setImmediate(resolve))
  }
  const limit = performance.now() + 5000
  while (latencies.length < total && performance.now() < limit)
    await new Promise(resolve => setTimeout(resolve, 5))
  for (const socket of sockets) socket.destroy()
  return { ...quantilesOf(latencies), errors: errors + (total - latencies.length) }
}
