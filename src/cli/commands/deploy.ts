import type { Deployment } from '../../api/deployments.ts'
import type { FettleClient } from '../../client/index.ts'
import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import type { Command, CommandContext } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { renderPage } from '../render/release.ts'
import { suggesting } from '../suggest.ts'
import { exampleLine } from './predict.ts'
import { exitOf, throughGate, versionOf } from './release.ts'

export interface DeployOptions {
  readonly modelVersion?: string
  readonly release?: string
  readonly now?: boolean
  readonly reason?: string
}

/** Publishing copies model files and waits for the scorers. */
const deadlineMs = 60_000

export const run: Command<DeployOptions> = async (context, options, name = '') => {
  const { modelVersion, reason } = options
  const version = versionOf(modelVersion)
  const release = releaseOf(name, options)
  const client = await context.client({ deadlineMs })
  const told = {
    ...(reason === undefined ? {} : { reason }),
    ...(options.now === true ? { now: true } : {}),
  }
  const asked = {
    ...(version === undefined ? {} : { version }),
    ...(release === undefined ? {} : { release }),
    ...told,
    gate: 'require' as const,
  }
  const first = await suggesting(
    release === undefined ? deployOrUndecided(client, name, asked) : client.api.deploy({ name, body: asked }),
    {
      code: 'UNKNOWN_DEPLOYMENT',
      name,
      names: async () => (await client.api.deployments()).items.map(each => each.name),
      noun: 'deployments',
      command: meant => `fettle deploy ${meant}`,
    },
  )
  if (first !== undefined) return served(context, client, first)
  const judged = await throughGate(context, client, { name, ...(version === undefined ? {} : { version }) })
  if (typeof judged === 'number') {
    if (judged === exitCodes.interrupted)
      context.io.err(`Nothing else serves now. Once a release has passed, fettle deploy ${name} serves it.\n`)
    return judged
  }
  if (exitOf(judged) !== exitCodes.done) return refused(context, client, { name, number: judged.number })
  return served(context, client, await client.api.deploy({ name, body: { release: judged.number, ...told } }))
}

/** The release that was named; a version beside it would be a second answer to the same question. */
function releaseOf(name: string, { release, modelVersion }: DeployOptions): number | undefined {
  if (release === undefined) return undefined
  const number = Number(release)
  if (!Number.isInteger(number) || number < 1)
    throw new FettleError('USAGE', `--release ${release} is not a release number`, {
      hint: `fettle release list ${name} lists them.`,
    })
  if (modelVersion !== undefined)
    throw new FettleError('USAGE', 'a release has its version: name one of --release and --model-version')
  return number
}

/** Undefined where no verdict stands yet. */
async function deployOrUndecided(
  client: FettleClient,
  name: string,
  body: Parameters<FettleClient['api']['deploy']>[0]['body'],
): Promise<Deployment | undefined> {
  try {
    return await client.api.deploy({ name, body })
  } catch (error) {
    if (isFettleError(error, 'STALE_VERIFY')) return undefined
    throw error
  }
}

async function served(
  context: CommandContext,
  client: FettleClient,
  deployment: Deployment,
): Promise<ExitCode> {
  const { name, state, release, model, modelVersion } = deployment
  const { rollouts } = await client.api.rollouts({ name })
  const going = rollouts.find(each => each.state === 'shadow')
  if (going && going.release.number !== release) {
    context.result(
      deployment,
      () =>
        `Release ${going.release.number} of ${name} is in ${going.state} beside release ${release ?? 'none'}.\n`,
    )
    if (!context.json) context.io.err(`What comes next: fettle rollout show ${name}\n`)
    return exitCodes.done
  }
  context.result(
    deployment,
    () =>
      `Deployment ${name} is ${state} with release ${release ?? 'none'} (${model} v${modelVersion ?? '?'}).\n`,
  )
  if (!context.json) context.io.err(`Try it. ${exampleLine(deployment)}\n`)
  return exitCodes.done
}

/** The page says why; what served before serves on. */
async function refused(
  context: CommandContext,
  client: FettleClient,
  { name, number }: { readonly name: string; readonly number: number },
): Promise<ExitCode> {
  const release = await client.api.release({ name, number: String(number) })
  const { page } = release
  context.result(release, () => (page === null ? '' : renderPage(page, context.io.paint)))
  context.io.err(
    `Release ${number} of ${name} does not serve; nothing else has changed. The whole page: fettle release show ${name} ${number}\n`,
  )
  return exitOf(release)
}
