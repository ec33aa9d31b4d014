import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import type { StandingView } from '../../../api/suggestions.ts'
import { Icon } from '../../components/icons.tsx'
import { Empty } from '../../components/messages.tsx'
import { Loaded, Panel } from '../../components/page.tsx'
import { Time } from '../../components/time.tsx'
import { formatCount, formatFixed } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { principalText } from '../home/gather.ts'
import { HistoryPanel } from './history-panel.tsx'
import { LevelForm } from './level-form.tsx'
import { inboxQueries } from './queries.ts'
import { subjectText } from './words.ts'

const levels = ['observe', 'suggest', 'veto', 'auto'] as const
const levelWords = {
  observe: 'only shows what it would do',
  suggest: 'a person decides',
  veto: 'applies after 24 h unless somebody objects',
  auto: 'applies by itself',
} as const

/** How far every rule may go by itself, how it earned that, and what is missing for more. */
export function LevelsTab() {
  const query = useQuery(inboxQueries.levels())
  return (
    <Loaded query={query} rows={6}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty text={emptyTexts.autonomy} />
        ) : (
          items.map(each => <LadderPanel key={idOf(each)} standing={each} />)
        )
      }
    </Loaded>
  )
}

const idOf = ({ subject, rule, segmentClass }: StandingView) => `${subject} ${rule} ${segmentClass}`

function LadderPanel({ standing }: { standing: StandingView }) {
  const { of } = useSearch({ from: '/inbox' })
  const { subject, rule, ruleBy, segmentClass, level, since } = standing
  const id = idOf(standing)
  const isOpen = of === id
  return (
    <Panel
      title={`${rule} on ${subjectText(subject)}${segmentClass === '' ? '' : `, ${segmentClass}`}`}
      aside={
        <Link
          to="/inbox"
          search={before => ({ ...before, of: isOpen ? undefined : id })}
          aria-expanded={isOpen}
          replace
        >
          {isOpen ? 'Hide its history' : 'How it was earned'}
        </Link>
      }
      note={
        <>
          {level}: {levelWords[level]}, since <Time at={since} />. Written by {principalText(ruleBy)}.
        </>
      }
    >
      <Steps level={level} offer={standing.offer} />
      <Missing standing={standing} />
      <LevelForm key={`${level} ${standing.offer}`} standing={standing} />
      {isOpen ? <HistoryPanel of={{ subject, rule, segmentClass }} /> : null}
    </Panel>
  )
}

function Steps({ level, offer }: Pick<StandingView, 'level' | 'offer'>) {
  const at = levels.indexOf(level)
  return (
    <ol className="ladder" aria-label="Levels of autonomy">
      {levels.map((each, index) => (
        <li
          key={each}
          className={index < at ? 'passed' : index === at ? 'here' : undefined}
          aria-current={index === at ? 'step' : undefined}
        >
          {index < at ? <Icon name="check" size={12} /> : null}
          {each}
          {each === offer ? <span className="tag">offered</span> : null}
        </li>
      ))}
    </ol>
  )
}

const conditionWords = {
  bound: 'lower bound of what was accepted',
  cycles: 'cycles with evidence',
  judged: 'applied values judged on matured labels, no breach',
} as const

/** What the next level asks for, met or not. */
function Missing({ standing }: { standing: StandingView }) {
  const { level, conditions, next, decisions, windows } = standing
  if (level === 'observe')
    return <p className="panel-note">Nothing is done by it. A person may let it suggest at any time.</p>
  if (level === 'auto')
    return (
      <p className="panel-note">
        A breach, a step cap, late labels or a shift takes it back to suggest at once; other code, to observe.
      </p>
    )
  const { count, good, look } = level === 'veto' ? windows : decisions
  return (
    <>
      <p className="panel-note">
        {level === 'veto'
          ? `${formatCount(count)} windows have passed without an objection since its evidence started.`
          : `${formatCount(good)} of ${formatCount(count)} decisions one by one accepted it since its evidence started.`}{' '}
        For {next.to} it needs:
      </p>
      <ul className="conditions">
        {conditions.map(({ name, have, need, met }) => (
          <li key={name}>
            <span className={`state tone-${met ? 'good' : 'idle'}`}>
              <Icon name={met ? 'check' : 'circle'} size={14} />
              <span className="sr-only">{met ? 'met: ' : 'missing: '}</span>
            </span>
            {level === 'veto' && name === 'bound'
              ? 'lower bound of what nobody vetoed'
              : conditionWords[name]}
            :{' '}
            <strong className="num">
              {have === null
                ? 'not looked at yet'
                : name === 'bound'
                  ? formatFixed(have, 3)
                  : formatCount(have)}
            </strong>{' '}
            of {name === 'bound' ? formatFixed(need, 2) : need}
            {name === 'bound' && next.look !== null ? (
              <span className="muted">
                {' '}
                ({look === null ? '' : `seen at ${look.count}; `}looked at next when there are {next.look},{' '}
                {formatCount(count)} so far)
              </span>
            ) : null}
          </li>
        ))}
      </ul>
    </>
  )
}
