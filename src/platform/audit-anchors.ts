import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type AuditAnchor, type AuditService, parseAnchors, signAnchor } from '../governance/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { messageOf } from '../kernel/message-of.ts'
import { anchorKey } from './project-keys.ts'

const everyMs = 3_600_000

/** Where anchors go: FETTLE_AUDIT_ANCHORS, best on another disk or host, else a file beside the database. */
export const anchorFile = (root: string): string =>
  process.env['FETTLE_AUDIT_ANCHORS'] || join(root, 'anchors', 'audit.jsonl')

interface AnchorParts {
  readonly root: string
  readonly project: string
  readonly audit: Pick<AuditService, 'head'>
  readonly clock: Clock
  onFault(error: unknown): void
}

/** Signs the head of the audit hourly and at the end, and appends it to a file, synced. */
export function auditAnchors({ root, project, audit, clock, onFault }: AnchorParts) {
  let timer: NodeJS.Timeout | undefined
  let last = 0
  const anchor = async (): Promise<void> => {
    try {
      const head = await audit.head()
      if (head === undefined || head.seq === last) return
      append(anchorFile(root), signAnchor({ project, ...head, at: clock.nowMicros() }, anchorKey(root)))
      last = head.seq
    } catch (error) {
      onFault(error)
    }
  }
  return {
    start(): void {
      timer = setInterval(() => void anchor(), everyMs)
      timer.unref()
    },
    async stop(): Promise<void> {
      clearInterval(timer)
      await anchor()
    },
  }
}

function append(path: string, anchor: AuditAnchor): void {
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(path, 'a', 0o600)
  try {
    writeSync(file, `${JSON.stringify(anchor)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Throws USAGE for a file that was named and cannot be read; an absent default has no anchors. */
export function readAnchors(path: string, wanted: boolean): readonly AuditAnchor[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if (!wanted && (cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new FettleError('USAGE', `the anchors in ${path} cannot be read: ${messageOf(cause)}`, { cause })
  }
  try {
    return parseAnchors(text)
  } catch (cause) {
    throw new FettleError('USAGE', `${path} holds no anchors: ${messageOf(cause)}`, { cause })
  }
}
