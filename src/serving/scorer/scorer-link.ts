import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FettleError } from '../../kernel/errors/index.ts'
import type { StartScorer } from '../ports.ts'
import { createFrameReader, decodeDoubles, encodeFrame, type Frame, frameKinds } from './protocol.ts'

export interface ScorerFacts {
  readonly kind: string
  readonly build: string
  readonly startMillis: number
  /** Resident memory when it was warm. */
  readonly residentBytes: number
  /** Of a warm batch, before anybody asked. */
  readonly microsPerRow: number
}

/** What a self-test row came to in a process that runs. */
export interface ScorerTest {
  readonly ok: boolean
  readonly residentBytes: number
}

export type ScorerAnswer =
  | { readonly ok: true; readonly scores: Float64Array }
  | { readonly ok: false; readonly message: string }

/** A live scorer process that has passed its self-test. One batch, or one test, at a time. */
export interface ScorerLink {
  readonly facts: ScorerFacts
  readonly pid: number | undefined
  /** Sends one batch of doubles; `onAnswer` is called once, unless the process dies first. */
  score(parts: readonly Float64Array[], rows: number, onAnswer: (answer: ScorerAnswer) => void): void
  /** Has it score a self-test row again; `onTested` is called once, unless the process dies first. */
  test(onTested: (test: ScorerTest) => void): void
  onDeath(listener: (reason: string) => void): void
  kill(): void
  /** Hangs up, and resolves when the process has ended; it is killed when it does not by itself. */
  close(): Promise<void>
}

export interface ScorerLinkOptions {
  readonly releaseFolder: string
  /** The scorer that is pinned for the release. */
  readonly kind?: string
  readonly startScorer: StartScorer
  /** Default 60 s. */
  readonly startMillis?: number
  /** Aborted before it is ready: it is wanted no longer, and ends. */
  readonly signal?: AbortSignal
}

/** A process that was hung up on and has not ended by then hangs. */
const partingMillis = 1000

/** Starts a scorer process and resolves when it is ready. Rejects RELEASE_REFUSED when it refuses, dies or dawdles. */
export function startScorerLink(options: ScorerLinkOptions): Promise<ScorerLink> {
  const path = join(socketFolder(), `fettle-${process.pid}-${randomBytes(6).toString('hex')}.sock`)
  return new Promise((resolve, reject) => {
    let socket: Socket | undefined
    let ready = false
    let dead: string | undefined
    const deathListeners: ((reason: string) => void)[] = []
    let answering: { id: number; onFrame: (frame: Frame) => void } | undefined
    let nextId = 1

    const server = createServer(connection => {
      socket = connection
      server.close()
      rmSync(path, { force: true })
      connection.on('error', () => undefined)
      connection.on('close', () => die('its socket closed'))
      connection.on('data', createFrameReader(onFrame))
    })
    const unwanted = () => die('it is wanted no longer')
    const timer = setTimeout(
      () => die(`it was not ready in ${options.startMillis ?? 60_000} ms`),
      options.startMillis ?? 60_000,
    )

    function die(reason: string): void {
      if (dead !== undefined) return
      dead = reason
      started()
      child?.kill('SIGKILL')
      socket?.destroy()
      server.close()
      rmSync(path, { force: true })
      if (!ready) reject(new FettleError('RELEASE_REFUSED', `the scorer did not start: ${reason}`))
      for (const listener of deathListeners) listener(reason)
    }

    function started(): void {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', unwanted)
    }

    function onFrame(frame: Frame): void {
      if (frame.kind === frameKinds.refused) die(textOf(frame))
      else if (frame.kind === frameKinds.ready) {
        ready = true
        started()
        resolve(linkOf(JSON.parse(frame.body.toString()) as ScorerFacts))
      } else if (frame.id === answering?.id) {
        const { onFrame: answered } = answering
        answering = undefined
        answered(frame)
      } else die('it answered what was not asked')
    }

    function ask(frame: Omit<Frame, 'id'>, answered: (frame: Frame) => void): void {
      const id = nextId++ >>> 0
      answering = { id, onFrame: answered }
      socket?.write(encodeFrame({ ...frame, id }))
    }

    function linkOf(facts: ScorerFacts): ScorerLink {
      return {
        facts,
        pid: child?.pid,
        score(parts, rows, onAnswer) {
          const [only] = parts
          const body = only && parts.length === 1 ? bytesOf(only) : Buffer.concat(parts.map(bytesOf))
          ask({ kind: frameKinds.score, rows, body }, frame => {
            if (frame.kind === frameKinds.scores) onAnswer({ ok: true, scores: decodeDoubles(frame.body) })
            else onAnswer({ ok: false, message: textOf(frame) })
          })
        },
        test: onTested =>
          ask({ kind: frameKinds.test, rows: 0, body: Buffer.alloc(0) }, frame =>
            onTested(JSON.parse(frame.body.toString()) as ScorerTest),
          ),
        onDeath: listener => {
          if (dead === undefined) deathListeners.push(listener)
          else listener(dead)
        },
        kill: () => die('it was killed'),
        close,
      }
    }

    function close(): Promise<void> {
      return new Promise(resolved => {
        if (dead !== undefined) return resolved()
        const hard = setTimeout(() => die('it did not end'), partingMillis)
        deathListeners.push(() => {
          clearTimeout(hard)
          resolved()
        })
        socket?.end()
      })
    }

    let child: ReturnType<StartScorer> | undefined
    server.on('error', error => die(error.message))
    options.signal?.addEventListener('abort', unwanted)
    if (options.signal?.aborted) return unwanted()
    server.listen(path, () => {
      if (dead !== undefined) return
      const { releaseFolder, kind } = options
      child = options.startScorer({ socket: path, releaseFolder, ...(kind === undefined ? {} : { kind }) })
      child.onExit(reason => die(reason))
    })
  })
}

/** The path of a socket is cut at about 100 bytes, without a word. */
function socketFolder(): string {
  return tmpdir().length <= longestFolder ? tmpdir() : '/tmp'
}

const longestFolder = 60

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

function textOf(frame: Frame): string {
  return (JSON.parse(frame.body.toString()) as { message: string }).message
}
