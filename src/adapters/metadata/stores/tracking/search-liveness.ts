import { sql } from 'kysely'
import { patience } from '../../../../experiments/index.ts'
import type { Micros } from '../../../../kernel/time.ts'
import type { Expression } from './search-condition.ts'

/** The liveness of run `r` by its last sign of life. */
export function livenessSql(now: Micros): Expression {
  const { beating, writing } = patience
  const seenBefore = (beat: Micros, write: Micros) =>
    sql`r.seen_at <= (case when r.beats = 1 then ${sql.lit(now - beat)} else ${sql.lit(now - write)} end)`
  return sql`(case when r.status <> 'running' then 'unwatched' when r.pipeline_run is not null then 'alive'
    when ${seenBefore(beating.lost, writing.lost)} then 'lost'
    when ${seenBefore(beating.silent, writing.silent)} then 'silent' else 'alive' end)`
}
