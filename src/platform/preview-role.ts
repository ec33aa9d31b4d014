import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createColumnReader } from '../adapters/engines/duckdb/read-columns.ts'
import type { SourceData } from '../definitions/index.ts'
import { countHeldOut } from '../deployments/index.ts'
import { exportPushed, type OfflineEngine } from '../features/index.ts'
import { isFettleError } from '../kernel/errors/index.ts'
import { messageOf } from '../kernel/message-of.ts'
import type { Preview, Providers } from '../projects/index.ts'
import { superviseMe } from './children.ts'
import { explainStored, parseStatements, readSource, readStored, readView } from './preview-rows.ts'
import { openEngine } from './providers.ts'

/** Where the process reads. It is told through its channel: command lines are public. */
export interface PreviewRole {
  readonly providers: Providers
  readonly journals: string
  readonly workFolder: string
}

/** One method of the port with what it is asked. */
export type PreviewCall = {
  [Name in keyof Preview]: { readonly name: Name; readonly request: Parameters<Preview[Name]>[0] }
}[keyof Preview]

export type PreviewAnswer<Name extends keyof Preview> = Awaited<ReturnType<Preview[Name]>>

interface PreviewFailure {
  readonly code: string
  readonly message: string
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>>
}

export type PreviewReply = { readonly answer: unknown } | { readonly error: PreviewFailure }

interface Question {
  readonly role: PreviewRole
  readonly call: PreviewCall
}

/** Answers one question and ends. */
export async function previewRole(): Promise<never> {
  const question = new Promise<Question>(resolve =>
    process.once('message', message => resolve(message as Question)),
  )
  const me = superviseMe(() => process.exit(1))
  let reply: PreviewReply
  try {
    const { role, call } = await question
    reply = { answer: await answer(role, call) }
  } catch (error) {
    reply = { error: failureOf(error) }
  }
  me.ready(reply)
  process.disconnect()
  process.exit(0)
}

function failureOf(error: unknown): PreviewFailure {
  if (!isFettleError(error)) return { code: 'INTERNAL', message: messageOf(error), hint: '', details: {} }
  return { code: error.code, message: error.message, hint: error.hint, details: error.details }
}

async function answer(role: PreviewRole, call: PreviewCall): Promise<unknown> {
  if (call.name === 'heldOut') return countHeldOut(createColumnReader(), call.request)
  const scratch = await mkdtemp(join(role.workFolder, 'preview-'))
  // Stored sets are Fettle's own files, and statements are of DuckDB, whatever engine the project computes with.
  const own = call.name === 'stored' || call.name === 'parse'
  const providers = own ? { ...role.providers, offline: 'duckdb' } : role.providers
  const engine = await openEngine(providers, { temporaryFolder: scratch })
  const readable = <Closure extends { readonly sources: readonly SourceData[] }>(
    closure: Closure,
    directory: string,
  ) => withPushed(closure, { engine, role, scratch, directory })
  try {
    switch (call.name) {
      case 'parse':
        return await parseStatements(engine, call.request)
      case 'source':
        return await readSource(engine, await readable(call.request, call.request.directory))
      case 'view': {
        const { request } = call
        return await readView(engine, {
          ...request,
          closure: await readable(request.closure, request.directory),
        })
      }
      case 'stored':
        return await readStored(engine, call.request)
      case 'explain': {
        const { request } = call
        return await explainStored(engine, {
          ...request,
          closure: await readable(request.closure, request.directory),
        })
      }
    }
  } finally {
    await engine.close()
    await rm(scratch, { recursive: true, force: true })
  }
}

interface Place {
  readonly engine: OfflineEngine
  readonly role: PreviewRole
  readonly scratch: string
  readonly directory: string
}

async function withPushed<Closure extends { readonly sources: readonly SourceData[] }>(
  closure: Closure,
  { engine, role, scratch, directory }: Place,
): Promise<Closure> {
  const exported = await exportPushed({
    engine,
    journalFolder: role.journals,
    closure,
    folder: scratch,
    projectFolder: directory,
  })
  return exported.closure
}
