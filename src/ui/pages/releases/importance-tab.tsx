import { useQuery } from '@tanstack/react-query'
import type { ImportanceView } from '../../../api/judged.ts'
import { Bar } from '../../components/bars.tsx'
import { shortNumber } from '../../components/measured.tsx'
import { Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { formatCount, formatShare } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { type ReleaseAt, releaseQueries } from './queries.ts'
import { ReportGate } from './report-gate.tsx'

const variants: Readonly<Record<string, string>> = {
  path_dependent: 'exact contributions of the trees',
  interventional: 'exact contributions of the trees against a background',
  linear: 'exact contributions of a linear model',
  permutation: 'an estimate by permuting inputs: the model does not explain itself',
}

export function ImportanceTab({ at }: { at: ReleaseAt }) {
  const query = useQuery(releaseQueries.report('releaseImportance', at))
  return (
    <ReportGate at={at} query={query} absent={emptyTexts.importance}>
      {report => (
        <>
          <Inputs report={report} />
          <Slices report={report} />
        </>
      )}
    </ReportGate>
  )
}

function Inputs({ report: { features, rows, variant } }: { report: ImportanceView }) {
  const most = Math.max(...features.map(each => each.share), 0.01)
  return (
    <Panel
      title="What moves the score"
      aside={`n = ${formatCount(rows)} rows`}
      note={`Share of all movement of the raw score, by ${variants[variant] ?? variant}. No interval: a description of this model on these rows, not an estimate of anything outside.`}
    >
      <SimpleTable
        label="Importance"
        head={['Input', '>Share', 'Share, drawn', '>Mean move of the raw score']}
        rows={features.map(each => [
          <code key="input">{each.feature}</code>,
          formatShare(each.share),
          <Bar key="bar" value={each.share} domain={[0, most]} />,
          shortNumber(each.meanAbs),
        ])}
      />
    </Panel>
  )
}

function Slices({ report: { slices } }: { report: ImportanceView }) {
  const apart = (each: ImportanceView['slices'][number]) =>
    Math.max(...each.features.map(item => Math.abs(item.share - item.overall)))
  const differing = slices
    .filter(slice => slice.features.length > 0)
    .map(slice => ({ ...slice, features: slice.features.slice(0, 3) }))
    .toSorted((a, b) => apart(b) - apart(a))
  if (differing.length === 0) return null
  return (
    <Panel
      title="Where it differs"
      note="Slices in which an input counts for more or less than elsewhere, the largest difference first; the line is its share over all rows."
    >
      <SimpleTable
        label="Importance by slice"
        head={['Slice', '>n', 'Input', '>Here', '>Overall', 'Drawn']}
        rows={differing.flatMap(slice =>
          slice.features.map((each, index) => [
            index === 0 ? (
              slice.slice
            ) : (
              <span key="slice" className="sr-only">
                {slice.slice}
              </span>
            ),
            index === 0 ? formatCount(slice.rows) : '',
            <code key="input">{each.feature}</code>,
            formatShare(each.share),
            formatShare(each.overall),
            <Bar
              key="bar"
              value={each.share}
              mark={each.overall}
              domain={[
                0,
                Math.max(
                  0.01,
                  ...differing.flatMap(one => one.features.map(item => Math.max(item.share, item.overall))),
                ),
              ]}
            />,
          ]),
        )}
      />
    </Panel>
  )
}
