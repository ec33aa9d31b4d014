import { FettleError } from '../../kernel/errors/index.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'

export interface DeployOptions {
  readonly modelVersion?: string
  readonly reason?: string
}

export const run: Command<DeployOptions> = async (context, { modelVersion, reason }, name = '') => {
  const version = modelVersion === undefined ? undefined : Number(modelVersion)
  if (version !== undefined && !Number.isInteger(version))
    throw new FettleError('USAGE', `--model-version ${modelVersion} is not a version number`)
  const client = await context.client()
  const deployment = await client.api.deploy({
    name,
    body: { ...(version === undefined ? {} : { version }), ...(reason === undefined ? {} : { reason }) },
  })
  context.result(
    deployment,
    () =>
      `Deployment ${name} is ${deployment.state} with release ${deployment.release ?? 'none'} (${deployment.model} v${deployment.modelVersion ?? '?'}).\n`,
  )
  return exitCodes.done
}
