import pc from 'picocolors'

export type Paint = ReturnType<typeof pc.createColors>

/** Where a command writes. Results go to `out`; what is for people only (progress, hints, errors) to `err`. */
export interface Io {
  out(text: string): void
  err(text: string): void
  /** Whether somebody sits at a terminal and can be asked. */
  readonly interactive: boolean
  /** Whether progress may be drawn over itself. */
  readonly redraws: boolean
  /** Columns of the terminal; 80 when there is none. */
  readonly width: number
  readonly paint: Paint
  now(): number
}

/** The process's own streams. NO_COLOR, CI and pipes are honoured. */
export function processIo(): Io {
  const { stdout, stderr, stdin, env } = process
  const isCi = env['CI'] !== undefined && env['CI'] !== ''
  for (const stream of [stdout, stderr]) endWithReader(stream)
  const noColor = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== ''
  return {
    out: text => void stdout.write(text),
    err: text => void stderr.write(text),
    interactive: Boolean(stdin.isTTY && stderr.isTTY) && !isCi,
    redraws: Boolean(stderr.isTTY) && !isCi && env['TERM'] !== 'dumb',
    width: stdout.columns ?? 80,
    paint: pc.createColors(Boolean(stdout.isTTY) && !noColor && env['TERM'] !== 'dumb'),
    now: () => Date.now(),
  }
}

const watched = new WeakSet<object>()

/** Whoever reads has gone (`fettle runs | head -1`): what listens to SIGTERM stops in order, anything else just ends. */
function endWithReader(stream: NodeJS.WriteStream): void {
  if (watched.has(stream)) return
  watched.add(stream)
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    if (process.listenerCount('SIGTERM') === 0) process.exit(0)
    process.kill(process.pid, 'SIGTERM')
  })
}
