import { getRouteApi } from '@tanstack/react-router'
import { createColumnHelper } from '@tanstack/react-table'
import { useState } from 'react'
import { DataTable } from '../../components/data-table.tsx'
import { Icon } from '../../components/icons.tsx'
import { Measured, shortNumber } from '../../components/measured.tsx'
import { Empty } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'
import { saveFile } from '../../components/save-file.ts'
import { State } from '../../components/state.tsx'
import { formatSorting, parseSorting } from '../../data/sorting.ts'
import { formatCount, formatFixed, formatShare, plural } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { SearchSelect } from './search-select.tsx'
import {
  changeWords,
  fromText,
  numberOr,
  promiseText,
  type SegmentView,
  segmentsToCsv,
} from './thresholds.ts'

const route = getRouteApi('/deployments/$name/releases/$number')

const shortShare = (share: number) => formatShare(Number(share.toPrecision(3)))

const column = createColumnHelper<SegmentView>()
/** Undefined last, whichever way it is sorted. */
const last = { sortUndefined: 'last' } as const
const columns = [
  column.accessor('segment', { header: 'Segment', meta: { heading: true } }),
  column.accessor('value', {
    header: 'Old → new',
    meta: { right: true },
    cell: ({ row: { original } }) => <Move segment={original} />,
  }),
  column.accessor('change', {
    header: 'Change',
    cell: ({ row: { original } }) => <Change segment={original} />,
  }),
  column.accessor(each => numberOr(each.flips.perWeekUpper) ?? undefined, {
    ...last,
    id: 'flips',
    header: 'Flips a week',
    meta: { right: true },
    cell: ({ row: { original } }) => <Flips segment={original} />,
  }),
  column.accessor(each => numberOr(each.actionRate.after) ?? undefined, {
    ...last,
    id: 'acted',
    header: 'Acted on',
    meta: { right: true },
    cell: ({
      row: {
        original: { actionRate },
      },
    }) =>
      typeof actionRate.before !== 'number' && typeof actionRate.after !== 'number' ? (
        <Measured value={actionRate.after} show={shortShare} />
      ) : (
        <>
          <Measured value={actionRate.before} show={shortShare} /> →{' '}
          <Measured value={actionRate.after} show={shortShare} />
        </>
      ),
  }),
  column.accessor(each => fromText(each.from), { id: 'from', header: 'From' }),
  column.accessor(promiseText, { id: 'promise', header: 'Promise' }),
  column.accessor('matured', {
    header: 'n',
    meta: { right: true },
    cell: ({ row: { original } }) =>
      original.pool === original.matured
        ? formatCount(original.matured)
        : `${formatCount(original.matured)} of ${formatCount(original.pool)} pooled`,
  }),
  column.accessor(each => numberOr(each.realised.fpr) ?? undefined, {
    ...last,
    id: 'fpr',
    header: 'False positives',
    meta: { right: true },
    cell: ({ row: { original } }) => <Measured value={original.realised.fpr} show={shortShare} />,
  }),
]

/** Hundreds of segments in one table. */
export function SegmentTable(props: { segments: readonly SegmentView[]; name: string; release: number }) {
  const { segments, name, release } = props
  const { q = '', change, sort } = route.useSearch()
  const navigate = route.useNavigate()
  const shown = segments.filter(
    each =>
      each.segment.toLowerCase().includes(q.toLowerCase()) &&
      (change === undefined || each.change === change),
  )
  return (
    <Panel
      title="By segment"
      aside={
        shown.length === segments.length
          ? plural(segments.length, 'segment')
          : `${formatCount(shown.length)} of ${plural(segments.length, 'segment')}`
      }
      note="Largest upper bound of flips first. The interval of a new value is in its title and in the CSV."
    >
      <Filters shown={shown} file={`${name}-r${release}-thresholds.csv`} />
      {shown.length === 0 ? (
        <Empty text={emptyTexts.filtered} />
      ) : (
        <div className="one-line-rows">
          <DataTable
            label="Thresholds by segment"
            data={shown}
            columns={columns}
            sorting={parseSorting(sort)}
            onSort={sorting =>
              void navigate({
                search: previous => ({ ...previous, sort: formatSorting(sorting) }),
                replace: true,
                resetScroll: false,
              })
            }
            rowId={each => each.segment}
          />
        </div>
      )}
    </Panel>
  )
}

function Filters({ shown, file }: { shown: readonly SegmentView[]; file: string }) {
  const { q = '' } = route.useSearch()
  const navigate = route.useNavigate()
  return (
    <div className="filters panel-body">
      <input
        type="search"
        className="input"
        aria-label="Search segments"
        placeholder="Search segments"
        value={q}
        onChange={event =>
          void navigate({
            search: previous => ({ ...previous, q: event.target.value || undefined }),
            replace: true,
            resetScroll: false,
          })
        }
      />
      <SearchSelect
        label="Change"
        param="change"
        values={Object.keys(changeWords)}
        word={value => changeWords[value as SegmentView['change']][1]}
      />
      <Csv segments={shown} file={file} />
    </div>
  )
}

function Move({ segment: { former, value, interval } }: { segment: SegmentView }) {
  const title = interval
    ? `between ${shortNumber(interval.lower)} and ${shortNumber(interval.upper)}`
    : 'no interval: nothing was estimated for it'
  return (
    <span title={title}>
      {former === null ? <span className="muted">none</span> : formatFixed(former, 3)} →{' '}
      {formatFixed(value, 3)}
    </span>
  )
}

function Change({ segment: { change, candidate } }: { segment: SegmentView }) {
  const [look, word] = changeWords[change]
  return (
    <State
      value={look}
      word={
        change === 'capped' && candidate !== null ? `${word}: would be ${formatFixed(candidate, 3)}` : word
      }
    />
  )
}

function Flips({ segment: { flips } }: { segment: SegmentView }) {
  const { perWeek, perWeekUpper } = flips
  if (typeof perWeek !== 'number' || typeof perWeekUpper !== 'number') return <Measured value={perWeek} />
  return (
    <>
      {shortNumber(perWeek)} <span className="muted">≤ {shortNumber(perWeekUpper)}</span>
    </>
  )
}

/** All numbers of what is shown, for a spreadsheet. */
function Csv({ segments, file }: { segments: readonly SegmentView[]; file: string }) {
  const [said, setSaid] = useState('')
  const copy = () => {
    const copied = navigator.clipboard?.writeText(segmentsToCsv(segments))
    if (copied === undefined) setSaid('The browser does not let pages copy: save the file instead.')
    else
      copied.then(
        () => setSaid(`${plural(segments.length, 'row')} copied.`),
        () => setSaid('The browser did not allow to copy: save the file instead.'),
      )
  }
  return (
    <>
      <button type="button" className="button" onClick={copy}>
        <Icon name="copy" size={14} /> Copy as CSV
      </button>
      <button type="button" className="button" onClick={() => saveFile(file, segmentsToCsv(segments))}>
        Save CSV
      </button>
      <span className="small muted" role="status">
        {said}
      </span>
    </>
  )
}
