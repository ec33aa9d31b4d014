import { FettleError } from '../../kernel/errors/index.ts'
import { exitCodes } from '../exit-codes.ts'

/** Runs one process role of a running Fettle; `json` holds its options. Started by Fettle itself only. */
export async function runInternal(role: string, json: string): Promise<number> {
  const options = parse(json)
  const { runRole } = await import('../../platform.ts')
  await runRole(role, options)
  return exitCodes.done
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw new FettleError('USAGE', 'the options of a role are one JSON value', { cause })
  }
}
