import {
  type MaterializeOptions,
  materialize,
  mergedSequences,
  type SourceVersion,
  type ViewClosure,
} from '../../features/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import { systemClock } from '../../kernel/clock.ts'
import { formatTimestamp, parseDuration } from '../../kernel/time.ts'
import type { Action } from '../../pipelines/index.ts'
import { guardOf } from '../project-keys.ts'
import { openEngine, openOnlineStore } from '../providers.ts'
import type { StepDependencies } from '../step-actions.ts'
import { clientOf } from './client-of.ts'
import { instant } from './instant.ts'
import { afterFilling, insteadOfFilling, type MaintenanceParams } from './online-maintenance.ts'
import { readPushed } from './read-pushed.ts'

/** Rows that become known within this time after a materialization are kept aside and appear when their time comes. */
const deferFor = parseDuration('1d')

/** `features.materialize`: loads what is new of a view's source into the online store; output `report`. */
export function materializeAction(dependencies: StepDependencies): Action {
  return async context => {
    const params = context.params as unknown as MaintenanceParams & {
      closure: ViewClosure
      now: string
      sources?: Readonly<Record<string, SourceVersion>>
      refresh?: boolean
    }
    const { closure, now, sources, refresh } = params
    const client = clientOf(dependencies, context)
    const { providers, project, folders } = dependencies
    const engine = await openEngine(providers, { temporaryFolder: context.scratchFolder })
    const store = await openOnlineStore(providers, { folder: folders.online, project })
    try {
      // A comparison needs every row of the journal, not only what is new.
      const whole = refresh === true || params.verify !== undefined
      const after = whole ? {} : await mergedSequences(store, closure)
      const pushed = await readPushed(engine, { closure, sources, after }, { context, folders })
      // What is in a journal has happened, whatever instant the run was asked for.
      const from = pushed.newest !== null && pushed.newest > instant(now) ? pushed.newest : instant(now)
      const options: MaterializeOptions = {
        now: from,
        deferUntil: from + deferFor,
        ...(refresh === true ? { refresh } : {}),
        ...(sources === undefined ? {} : { sourceVersions: { ...sources, ...pushed.versions } }),
        guard: guardOf(dependencies),
        projectFolder: context.projectFolder,
        onProgress: context.progress,
        signal: context.signal,
      }
      const parts = { engine, store, closure: pushed.closure, options, log: context.log }
      const instead = await insteadOfFilling(params, parts)
      if (instead !== undefined) return { report: { kind: 'json', value: instead } }
      const report = await materialize(engine, store, pushed.closure, options)
      const plain = JSON.parse(
        JSON.stringify(report, (_key, value) => (typeof value === 'bigint' ? formatTimestamp(value) : value)),
      ) as { views: { view: string; version: number }[] }
      for (const view of plain.views) {
        context.log(JSON.stringify(view))
        await client.recordMaterialization({
          view: view.view,
          version: view.version,
          report: view as unknown as Json,
          at: formatTimestamp(systemClock.nowMicros()),
        } as never)
      }
      await afterFilling(params, parts)
      return { report: { kind: 'json', value: plain as unknown as Json } }
    } finally {
      await store.close()
      await engine.close()
    }
  }
}
