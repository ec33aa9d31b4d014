import type { RolloutGuardView, RolloutView } from '../../../../api/rollouts.ts'
import { Icon } from '../../../components/icons.tsx'
import { TimesIn } from '../../../components/time.tsx'
import { percentText } from './words.ts'

interface Stage {
  readonly key: string
  readonly word: string
  readonly note: string
}

function stagesOf({ steps }: RolloutView): readonly Stage[] {
  return [
    { key: 'shadow', word: 'Shadow', note: 'answers nobody' },
    ...steps.map(({ percent, hold }, at) => ({
      key: `canary ${at}`,
      word: `${at === 0 ? 'Canary ' : ''}${percentText(percent)}`,
      note: `for ${hold}`,
    })),
    { key: 'probation', word: 'Probation', note: '100 %' },
    { key: 'champion', word: 'Champion', note: '' },
  ]
}

/** Index of the stage it is in; −1 before the first and once it was taken back. */
function indexOf(stages: readonly Stage[], { state, heldFrom, step }: RolloutView): number {
  const own = state === 'held' ? heldFrom : state
  if (own === 'retired') return stages.length - 1
  const key = own === 'canary' ? `canary ${step ?? 0}` : own
  return stages.findIndex(each => each.key === key)
}

/** The way from shadow to champion, and how far it has come. */
export function StageTrack({ rollout }: { rollout: RolloutView }) {
  const stages = stagesOf(rollout)
  const at = indexOf(stages, rollout)
  const clock = rollout.guards.find(({ guard }) => guard === 'stage-time')
  return (
    <div>
      <ol className="stage-track" aria-label="Stages">
        {stages.map((stage, index) => (
          <li
            key={stage.key}
            className={index < at ? 'past' : index === at ? 'here' : 'ahead'}
            aria-current={index === at ? 'step' : undefined}
          >
            <span className="mark">
              {index < at ? (
                <Icon name="check" size={12} />
              ) : index === at && rollout.state === 'held' ? (
                <Icon name="pause" size={12} />
              ) : null}
            </span>
            <span className="word">{stage.word}</span>
            {index < at ? <span className="sr-only">passed</span> : null}
            {index === at && rollout.state === 'held' ? <span className="tag">held</span> : null}
            {stage.note ? <span className="tiny muted">{stage.note}</span> : null}
          </li>
        ))}
      </ol>
      {clock && at >= 0 ? <Clock clock={clock} held={rollout.state === 'held'} /> : null}
    </div>
  )
}

function Clock({ clock, held }: { clock: RolloutGuardView; held: boolean }) {
  return (
    <p className="small soft stage-clock">
      <span className="num">{clock.now}</span> of <span className="num">{clock.needed}</span> in this stage
      {held
        ? '; the clock stands still'
        : clock.holds
          ? '; its time is over'
          : clock.when
            ? ['; over at ', <TimesIn key="when" text={clock.when} />]
            : null}
    </p>
  )
}
