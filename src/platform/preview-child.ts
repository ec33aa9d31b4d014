import { spawn } from 'node:child_process'
import { type ErrorCode, errorCatalogue, FettleError } from '../kernel/errors/index.ts'
import type { Preview } from '../projects/index.ts'
import { roleCommand } from './build-facts.ts'
import type { PreviewAnswer, PreviewCall, PreviewReply, PreviewRole } from './preview-role.ts'

const limitMs = 20_000
/** Processes at a time: each may use as much memory as the engine takes. */
const mostAtOnce = 2

/** Reads samples in processes that live for one answer, at most 20 s each. */
export function previewInChild(role: PreviewRole): Preview {
  const turn = turns(mostAtOnce)
  const ask = <Name extends PreviewCall['name']>(
    name: Name,
    request: Extract<PreviewCall, { name: Name }>['request'],
  ) => turn(() => answerOf<Name>(role, { name, request } as PreviewCall))
  return {
    parse: request => ask('parse', request),
    source: request => ask('source', request),
    view: request => ask('view', request),
    stored: request => ask('stored', request),
    explain: request => ask('explain', request),
    heldOut: request => ask('heldOut', request),
  }
}

function answerOf<Name extends PreviewCall['name']>(
  role: PreviewRole,
  call: PreviewCall,
): Promise<PreviewAnswer<Name>> {
  return new Promise((resolve, reject) => {
    const [command = '', ...argv] = roleCommand('preview', {})
    const child = spawn(command, argv, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    let reply: PreviewReply | undefined
    let tail = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      tail = (tail + text).slice(-2000)
    })
    const timer = setTimeout(() => {
      reject(
        new FettleError('DEADLINE', `reading took longer than ${limitMs / 1000} s and was stopped`, {
          hint: 'A sample is for looking at small or local data; run the pipeline for the whole.',
        }),
      )
      child.kill('SIGKILL')
    }, limitMs)
    child.on('message', message => {
      reply = message as PreviewReply
    })
    child.once('error', reject)
    child.once('close', () => {
      clearTimeout(timer)
      if (reply !== undefined && 'answer' in reply) resolve(reply.answer as PreviewAnswer<Name>)
      else reject(failure(reply, tail))
    })
    child.send({ role, call }, error => {
      if (error) reject(error)
    })
  })
}

function failure(reply: PreviewReply | undefined, tail: string): Error {
  if (reply === undefined || 'answer' in reply) return new Error(`the preview process ended: ${tail}`)
  const { code, message, hint, details } = reply.error
  const known = Object.hasOwn(errorCatalogue, code) ? (code as ErrorCode) : 'INTERNAL'
  return new FettleError(known, message, { hint, details })
}

/** Lets so many run at a time; the others wait for their turn. */
function turns(most: number) {
  let running = 0
  const waiting: (() => void)[] = []
  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (running >= most) await new Promise<void>(go => waiting.push(go))
    running += 1
    try {
      return await work()
    } finally {
      running -= 1
      waiting.shift()?.()
    }
  }
}
