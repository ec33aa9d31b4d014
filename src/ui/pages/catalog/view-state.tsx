import { Figures, Panel } from '../../components/page.tsx'
import { RunOffer } from '../../components/run-offer.tsx'
import { State } from '../../components/state.tsx'
import { Time } from '../../components/time.tsx'
import { formatSpan } from '../../format.ts'
import type { ViewFacts } from './facts-types.ts'

interface ViewStateProps {
  readonly name: string
  readonly view: ViewFacts
  /** Models that look it up. */
  readonly models: readonly string[]
}

/** How old the newest row is, up to where it is merged, what answers online, when it is filled next. */
export function ViewState({ name, view, models }: ViewStateProps) {
  const { freshness, watermark, servedVersion, generation, schedule } = view
  return (
    <Panel title="Fresh?" aside={<State value={freshness.state} />}>
      <div className="panel-body">
        <Figures
          items={[
            [
              'Newest row known',
              freshness.ageSeconds === null ? (
                <small key="age">nothing merged</small>
              ) : (
                <>
                  {formatSpan(freshness.ageSeconds * 1000)} <small>ago</small>
                </>
              ),
            ],
            ['May be at most', freshness.limit ?? <small>not declared</small>],
            [
              'Served online',
              servedVersion === null ? (
                <small key="served">nothing</small>
              ) : (
                <>
                  v{servedVersion} <small>generation {generation ?? 'unknown'}</small>
                </>
              ),
            ],
          ]}
        />
        <p className="panel-note">
          Merged up to <Time at={watermark} full />.{' '}
          {schedule ? (
            <>
              Filled {schedule.text}, next <Time at={schedule.nextAt} full />.
            </>
          ) : (
            'Filled only when asked: it has no schedule.'
          )}
        </p>
        <Filling name={name} schedule={schedule} models={models} />
      </div>
    </Panel>
  )
}

interface FillingProps {
  readonly name: string
  readonly schedule: ViewFacts['schedule']
  readonly models: readonly string[]
}

/** A scheduled view has a pipeline of its own; another is filled together with all that its model looks up. */
function Filling({ name, schedule, models: [model] }: FillingProps) {
  if (schedule)
    return (
      <RunOffer
        pipeline={schedule.pipeline}
        word="Materialize now"
        plan="Merges what is new in its source into the online store. What answers now goes on answering."
      />
    )
  if (model !== undefined)
    return (
      <RunOffer
        pipeline={`${model}-online`}
        word="Materialize now"
        plan={`Merges what is new into the online store, for every view that ${model} looks up. What answers now goes on answering.`}
      />
    )
  return (
    <p className="small soft">
      Nothing fills {name} yet: give it a schedule, or use it in the training set of a model.
    </p>
  )
}
