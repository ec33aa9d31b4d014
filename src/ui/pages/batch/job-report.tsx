import { Link } from '@tanstack/react-router'
import { Measured } from '../../components/measured.tsx'
import { Figures, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { State } from '../../components/state.tsx'
import { flagAt, isObject, listAt, numberAt, objectsAt, textAt } from '../../data/json.ts'
import { formatCount, formatNumber, formatShare } from '../../format.ts'

const whole = (value: number) => formatCount(Math.round(value))

/** What a job came to: cost, how its scores lie, and the contracts that outputs alone can say something of. */
export function JobReport({ report }: { report: unknown }) {
  const problem = textAt(report, 'problem')
  const at = (name: string) => (isObject(report) ? report[name] : undefined)
  const before = textAt(report, 'comparedWith')
  return (
    <Panel title="Report" note={problem}>
      {numberAt(report, 'rows') === undefined ? null : (
        <>
          <div className="panel-body">
            <Figures
              items={[
                ['Rows/s', <Measured key="speed" value={at('rowsPerSecond')} show={whole} />],
                ['CPU-s per million', <Measured key="cpu" value={at('cpuSecondsPerMillionRows')} />],
                ['Acted on', <Measured key="acted" value={at('actionRate')} show={formatShare} />],
                ['Drift of scores, PSI', <Measured key="drift" value={at('scoreDrift')} />],
              ]}
            />
          </div>
          <p className="panel-note">
            Scores are compared with{' '}
            {before === undefined ? (
              'no job: there was none before'
            ) : (
              <Link to="/batch-jobs/$id" params={{ id: before }}>
                the complete job before
              </Link>
            )}
            .
          </p>
          <Scores counts={listAt(report, 'scores').filter(count => typeof count === 'number')} />
          <Watched contracts={objectsAt(report, 'contracts')} />
        </>
      )}
    </Panel>
  )
}

/** How many rows have a score in each tenth or twentieth between 0 and 1. */
function Scores({ counts }: { counts: readonly number[] }) {
  const most = Math.max(1, ...counts)
  if (counts.length === 0) return null
  const edge = (index: number) => formatNumber(index / counts.length, 3)
  return (
    <>
      <div className="score-bins" aria-hidden="true">
        {counts.map((count, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: bins are their places
          <span key={index} style={{ height: `${(100 * count) / most}%` }} />
        ))}
      </div>
      <div className="score-bins-axis tiny muted" aria-hidden="true">
        <span>score 0</span>
        <span>1</span>
      </div>
      <details>
        <summary>Scores as a table</summary>
        <SimpleTable
          label="Scores of the output"
          head={['From', 'To', '>Rows']}
          rows={counts.map((count, index) => [edge(index), edge(index + 1), formatCount(count)])}
        />
      </details>
    </>
  )
}

function Watched({ contracts }: { contracts: readonly Readonly<Record<string, unknown>>[] }) {
  if (contracts.length === 0) return null
  return (
    <SimpleTable
      label="Contracts watched"
      head={['Contract', 'Verdict', 'Finding']}
      rows={contracts.map(contract => [
        textAt(contract, 'name') ?? '',
        <State
          key="holds"
          value={flagAt(contract, 'holds') ? 'pass' : contract['holds'] === false ? 'fail' : 'inconclusive'}
        />,
        textAt(contract, 'finding') ?? '',
      ])}
    />
  )
}
