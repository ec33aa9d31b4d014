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
}

export type ScorerAnswer =
  | { readonly ok: true; readonly scores: Float64Array }
  | { readonly ok: false; readonly message: string }

/** A live scorer process that has passed its self-test. One batch at a time. */
export interface ScorerLink {
  readonly facts: ScorerFacts
  readonly pid: number | undefined
  /** Sends one batch of doubles; `onAnswer` is called once, unless the process dies first. */
  score(parts: readonly Float64Array[], rows: number, onAnswer: (answer: ScorerAnswer) => void): void
  onDeath(listener: (reason: string) => void): void
  kill(): void
  /** Hangs up; the process ends by itself. */
  close(): void
}

export interface ScorerLinkOptions {
  readonly releaseFolder: string
  readonly startScorer: StartScorer
  /** Default 60 s. */
  readonly startMillis?: number
}

/** Starts a scorer process and resolves when it is ready. Rejects RELEASE_REFUSED when it refuses, dies or dawdles. */
export function startScorerLink(options: ScorerLinkOptions): Promise<ScorerLink> {
  const path = join(socketFolder(), `fettle-${process.pid}-${randomBytes(6).toString('hex')}.sock`)
  return new Promise((resolve, reject) => {
    let socket: Socket | undefined
    let ready = false
    let dead: string | undefined
    const deathListeners: ((reason: string) => void)[] = []
    let answering: { id: number; onAnswer: (answer: ScorerAnswer) => void } | undefined
    let nextId = 1

    const server = createServer(connection => {
      socket = connection
      server.close()
      rmSync(path, { force: true })
      connection.on('error', () => undefined)
      connection.on('close', () => die('its socket closed'))
      connection.on('data', createFrameReader(onFrame))
    })
    const timer = setTimeout(
      () => die(`it was not ready in ${options.startMillis ?? 60_000} ms`),
      options.startMillis ?? 60_000,
    )

    function die(reason: string): void {
      if (dead !== undefined) return
      dead = reason
      clearTimeout(timer)
      child?.kill('SIGKILL')
      socket?.destroy()
      server.close()
      rmSync(path, { force: true })
      if (!ready) reject(new FettleError('RELEASE_REFUSED', `the scorer did not start: ${reason}`))
      for (const listener of deathListeners) listener(reason)
    }

    function onFrame(frame: Frame): void {
      if (frame.kind === frameKinds.refused) die(textOf(frame))
      else if (frame.kind === frameKinds.ready) {
        ready = true
        clearTimeout(timer)
        resolve(linkOf(JSON.parse(frame.body.toString()) as ScorerFacts))
      } else if (frame.id === answering?.id) onScores(frame, answering.onAnswer)
      else die('it answered what was not asked')
    }

    function onScores(frame: Frame, onAnswer: (answer: ScorerAnswer) => void): void {
      answering = undefined
      if (frame.kind === frameKinds.scores) onAnswer({ ok: true, scores: decodeDoubles(frame.body) })
      else onAnswer({ ok: false, message: textOf(frame) })
    }

    function linkOf(facts: ScorerFacts): ScorerLink {
      return {
        facts,
        pid: child?.pid,
        score(parts, rows, onAnswer) {
          const id = nextId++ >>> 0
          answering = { id, onAnswer }
          const body = Buffer.concat(
            parts.map(part => Buffer.from(part.buffer, part.byteOffset, part.byteLength)),
          )
          socket?.write(encodeFrame({ kind: frameKinds.score, id, rows, body }))
        },
        onDeath: listener => {
          if (dead === undefined) deathListeners.push(listener)
          else listener(dead)
        },
        kill: () => die('it was killed'),
        close: () => socket?.end(),
      }
    }

    let child: ReturnType<StartScorer> | undefined
    server.on('error', error => die(error.message))
    server.listen(path, () => {
      child = options.startScorer({ socket: path, releaseFolder: options.releaseFolder })
      child.onExit(reason => die(reason))
    })
  })
}

/** The path of a socket is cut at about 100 bytes, without a word. */
function socketFolder(): string {
  return tmpdir().length <= longestFolder ? tmpdir() : '/tmp'
}

const longestFolder = 60

function textOf(frame: Frame): string {
  return (JSON.parse(frame.body.toString()) as { message: string }).message
}
