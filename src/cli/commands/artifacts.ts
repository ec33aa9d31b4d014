import { FettleError } from '../../kernel/errors/index.ts'
import { type Micros, parseDuration } from '../../kernel/time.ts'
import { projectArtifacts } from '../../platform.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderCollected, renderUsage } from '../render/artifacts.ts'

export interface ArtifactsOptions {
  readonly dryRun?: boolean
  readonly grace?: string
}

const usualGrace = '24h'

export const run: Command<ArtifactsOptions> = async (context, options, action = '') => {
  const { withArtifacts } = await projectArtifacts()
  if (action === 'usage') {
    const usage = await withArtifacts(context.folder, artifacts => artifacts.usage())
    context.result(usage, () => renderUsage(usage))
    return exitCodes.done
  }
  if (action !== 'gc')
    throw new FettleError('USAGE', `artifacts takes usage or gc, not "${action}"`, {
      hint: 'fettle artifacts usage',
    })
  const request = { grace: graceOf(options.grace), dryRun: options.dryRun === true }
  const collected = await withArtifacts(context.folder, artifacts =>
    artifacts.collect(request, { name: 'local' }),
  )
  context.result(collected, () => renderCollected(collected))
  return exitCodes.done
}

const graceOf = (text = usualGrace): Micros => parseDuration(text)
