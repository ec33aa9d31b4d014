import { FettleError } from '../../kernel/errors/index.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { suggesting } from '../suggest.ts'
import { exampleLine } from './predict.ts'

export interface DeployOptions {
  readonly modelVersion?: string
  readonly reason?: string
}

export const run: Command<DeployOptions> = async (context, { modelVersion, reason }, name = '') => {
  const version = modelVersion === undefined ? undefined : Number(modelVersion)
  if (version !== undefined && !(Number.isInteger(version) && version > 0))
    throw new FettleError('USAGE', `--model-version ${modelVersion} is not a version number`, {
      hint: 'Versions are whole numbers from 1; fettle models MODEL lists them.',
    })
  const client = await context.client()
  const body = { ...(version === undefined ? {} : { version }), ...(reason === undefined ? {} : { reason }) }
  const deployment = await suggesting(client.api.deploy({ name, body }), {
    code: 'UNKNOWN_DEPLOYMENT',
    name,
    names: async () => (await client.api.deployments()).items.map(each => each.name),
    noun: 'deployments',
    command: meant => `fettle deploy ${meant}`,
  })
  context.result(
    deployment,
    () =>
      `Deployment ${name} is ${deployment.state} with release ${deployment.release ?? 'none'} (${deployment.model} v${deployment.modelVersion ?? '?'}).\n`,
  )
  if (!context.json) context.io.err(`Try it. ${exampleLine(deployment)}\n`)
  return exitCodes.done
}
