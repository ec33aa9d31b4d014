import { parentPort } from 'node:worker_threads'
import type { OnDemandData } from '../../definitions/model.ts'
import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import { compileOnDemandBatch } from './compile.ts'
import type { WorkerFault, WorkerReply, WorkerRequest } from './worker-protocol.ts'

// A thread that runs on-demand features and nothing else: with a heap of its own, killed and replaced at will.
const functions = new Map<number, Compute>()
type Compute = ReturnType<typeof compileOnDemandBatch>

parentPort?.on('message', (request: WorkerRequest) => {
  parentPort?.postMessage(answer(request))
})

function answer({ number, definition, rows }: WorkerRequest): WorkerReply {
  try {
    const known = functions.get(number) ?? (definition && compile(definition))
    if (known === undefined) throw new TypeError(`function ${number} was never sent`)
    functions.set(number, known)
    return {
      outcomes: known(rows).map(each =>
        each instanceof FettleError ? { fault: faultOf(each) } : { values: each },
      ),
    }
  } catch (error) {
    return { fault: faultOf(error) }
  }
}

/** A function that is no use is so every time, and is not tried again. */
function compile(definition: OnDemandData): Compute {
  try {
    return compileOnDemandBatch(definition)
  } catch (error) {
    return () => {
      throw error
    }
  }
}

function faultOf(error: unknown): WorkerFault {
  return isFettleError(error)
    ? { code: error.code, message: error.message, details: error.details }
    : { code: 'INTERNAL', message: messageOf(error), details: {} }
}
