import type { AlertTest } from '../../api/sync-alerts.ts'
import type { FettleClient } from '../../client/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderAlerts, renderRules } from '../render/alerts.ts'

export interface AlertsOptions {
  readonly experiment?: string
  readonly run?: string
  readonly nan?: string | true
  readonly above?: string
  readonly below?: string
  readonly stalled?: string
  readonly higher?: boolean
  readonly failed?: boolean
  readonly artifacts?: string
  readonly until?: string
}

/** What the alert rules found, or a change of the rules. */
export const run: Command<AlertsOptions> = async (context, options, action, rule = '') => {
  const client = await context.client()
  switch (action) {
    case undefined: {
      const found = await client.api.runAlerts({
        ...(options.run === undefined ? {} : { run: options.run }),
        ...(options.experiment === undefined ? {} : { experiment: await idOf(client, options.experiment) }),
      })
      context.result(found, () => renderAlerts(found.items, context.io.now()))
      return exitCodes.done
    }
    case 'rules': {
      const rules = await client.api.alertRules({})
      context.result(rules, () => renderRules(rules.items))
      return exitCodes.done
    }
    case 'add': {
      const experiment = options.experiment === undefined ? null : await idOf(client, options.experiment)
      const added = await client.api.addAlertRule({ body: { experiment, test: testOf(options) } })
      context.result(added, () => renderRules([added]))
      return exitCodes.done
    }
    case 'mute':
      await client.api.muteAlertRule({ id: rule, body: { until: options.until ?? null } })
      context.result({ rule, until: options.until ?? null }, () =>
        options.until === undefined
          ? `${rule} is heard again\n`
          : `${rule} is muted until ${options.until}\n`,
      )
      return exitCodes.done
    case 'remove':
      await client.api.removeAlertRule({ id: rule })
      context.result({ rule }, () => `${rule} is removed; what it found stays\n`)
      return exitCodes.done
    default:
      throw new FettleError('USAGE', `alerts takes rules, add, mute or remove, not "${action}"`, {
        hint: 'fettle alerts add --experiment late --nan',
      })
  }
}

const idOf = async (client: FettleClient, name: string) => (await client.api.trackedExperiment({ name })).id

function testOf({ nan, above, below, stalled, higher, failed, artifacts }: AlertsOptions): AlertTest {
  if (nan !== undefined) return nan === true ? { kind: 'nan' } : { kind: 'nan', key: nan }
  if (above !== undefined) {
    const { key, value } = pair('--above', above)
    return { kind: 'bound', key, above: value }
  }
  if (below !== undefined) {
    const { key, value } = pair('--below', below)
    return { kind: 'bound', key, below: value }
  }
  if (stalled !== undefined) {
    const { key, value } = pair('--stalled', stalled)
    return { kind: 'stalled', key, steps: value, better: higher === true ? 'higher' : 'lower' }
  }
  if (failed === true) return { kind: 'failed' }
  if (artifacts !== undefined) return { kind: 'artifacts', bytes: Number(artifacts) }
  throw new FettleError('USAGE', 'what is to be watched?', {
    hint: 'One of --nan, --above loss=3, --below auc=0.5, --stalled loss=100, --failed, --artifacts BYTES.',
  })
}

function pair(flag: string, text: string): { readonly key: string; readonly value: number } {
  const [, key, number] = /^(.+)=([^=]+)$/.exec(text) ?? []
  const value = Number(number)
  if (key === undefined || !Number.isFinite(value))
    throw new FettleError('USAGE', `${flag} ${text}: a metric and a number are wanted, such as loss=3`)
  return { key, value }
}
