import type { TrainingSet } from '../../../api/training-sets.ts'
import { Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { formatCount, plural } from '../../format.ts'
import { ShareBar } from './share-bar.tsx'

const statuses = [
  ['P', 'value', 'Present'],
  ['N', 'null', 'Null'],
  ['F', 'absent', 'Not found'],
  ['A', 'old', 'Too old'],
  ['E', 'error', 'Error'],
] as const

const roleWords: Readonly<Record<string, string>> = {
  row: 'row number',
  spine: 'from the spine',
  feature: 'feature',
  label: 'label',
  split: 'split',
}

/** Columns in their order; for features how many rows have a value, and why the others have none. */
export function ColumnsPanel({ set }: { set: TrainingSet }) {
  const used = statuses.filter(([letter]) =>
    Object.values(set.statuses).some(counts => (counts[letter] ?? 0) > 0),
  )
  return (
    <Panel title="Columns" aside={plural(set.columns.length, 'column')}>
      <SimpleTable
        label="Columns"
        head={['Column', 'Type', 'Role', 'Rows by status', ...used.map(([, , word]) => `>${word}`), 'Flags']}
        rows={set.columns.map(column => {
          const counts = set.statuses[column.name]
          return [
            <code key="name">{column.name}</code>,
            <code key="type" className="soft">
              {column.type}
            </code>,
            <span key="role" className="soft nowrap">
              {roleWords[column.role] ?? column.role}
            </span>,
            counts ? (
              <ShareBar
                key="bar"
                parts={used.map(
                  ([letter, look]) => [look, (counts[letter] ?? 0) / Math.max(1, set.rows)] as const,
                )}
              />
            ) : (
              ''
            ),
            ...used.map(([letter]) => (counts ? formatCount(counts[letter] ?? 0) : '')),
            <Flags key="flags" flags={column.flags} />,
          ]
        })}
      />
    </Panel>
  )
}

function Flags({ flags }: { flags: readonly string[] }) {
  return (
    <span className="tags">
      {flags.map(flag => (
        <span className="tag" key={flag}>
          {flag}
        </span>
      ))}
    </span>
  )
}
