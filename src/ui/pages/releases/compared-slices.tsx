import { getRouteApi, Link } from '@tanstack/react-router'
import type { ComparedSliceView, ComparisonView } from '../../../api/judged.ts'
import { useFirst } from '../../components/first-rows.tsx'
import { IntervalBar, type Range } from '../../components/interval-bar.tsx'
import { harmText, Measured, smallText } from '../../components/measured.tsx'
import { Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { State } from '../../components/state.tsx'
import { formatCount } from '../../format.ts'
import { inReadingOrder, metricWord } from '../../texts.ts'
import {
  changeLooks,
  changeOf,
  changeTones,
  changeWords,
  domainOfMetric,
  mostHarmedMetric,
} from './compared.ts'
import { SearchSelect } from './search-select.tsx'

const route = getRouteApi('/deployments/$name/releases/$number')

/** Slices by harm for one metric, and those nobody declared. */
export function ComparedSlices({ report: { all, slices, discovered } }: { report: ComparisonView }) {
  const search = route.useSearch()
  const [shown, more] = useFirst(slices, 20)
  const [found, moreFound] = useFirst(discovered, 8)
  const names = inReadingOrder(all.metrics.map(each => each.metric))
  const metric = names.find(name => name === search.metric) ?? mostHarmedMetric(slices) ?? names[0]
  if (metric === undefined || slices.length === 0) return null
  const of = (slice: ComparedSliceView) => slice.metrics.find(each => each.metric === metric)
  const domain = domainOfMetric([...slices, ...discovered].flatMap(slice => of(slice) ?? []))
  const cellsOf = sliceCells(of, domain)
  return (
    <>
      <Panel
        title="By slice, most harmed first"
        aside={
          <SearchSelect label="Metric" param="metric" values={names} word={metricWord} chosen={metric} />
        }
        note="Harm is how much larger the error is than the champion’s, at the least, by the metric that lost most: 40 % more, and 0 where no loss is proven."
      >
        <SimpleTable
          label={`${metricWord(metric)} by slice`}
          head={head}
          rows={shown.map(slice => [
            <Link
              key="slice"
              to="."
              search={previous => ({ ...previous, slice: slice.slice })}
              className="row-link"
              replace
              resetScroll={false}
            >
              {slice.slice}
            </Link>,
            ...cellsOf(slice),
          ])}
        />
        {more}
      </Panel>
      {discovered.length === 0 ? null : (
        <Panel
          title="Discovered slices"
          note="Nobody declared these: a search found them among the decisions that flip. They never block; q is the share of false finds to expect."
        >
          <SimpleTable
            label="Discovered slices"
            head={[...head.map(title => (title === 'Slice' ? 'Where' : title)), '>q']}
            rows={found.map(slice => [
              <span key="where">
                {slice.where} <span className="tag">discovered</span>
              </span>,
              ...cellsOf(slice),
              smallText(slice.q),
            ])}
          />
          {moreFound}
        </Panel>
      )}
    </>
  )
}

const head = [
  'Slice',
  'Says',
  'better ← 0 → worse',
  '>Difference',
  '>Champion',
  '>This release',
  '>n',
  '>Harm',
  '>Flips',
]

function sliceCells(
  of: (slice: ComparedSliceView) => ComparedSliceView['metrics'][number] | undefined,
  domain: Range,
) {
  return (slice: ComparedSliceView) => {
    const metric = of(slice)
    const change = metric === undefined ? 'even' : changeOf(metric)
    return [
      <State key="says" value={changeLooks[change]} word={changeWords[change]} />,
      metric?.interval ? (
        <IntervalBar
          key="bar"
          domain={domain}
          {...metric.interval}
          estimate={typeof metric.difference === 'number' ? metric.difference : undefined}
          mark={0}
          tone={changeTones[change]}
        />
      ) : null,
      <Measured key="difference" value={metric?.difference} bounds={metric?.interval} />,
      <Measured key="champion" value={metric?.champion} />,
      <Measured key="challenger" value={metric?.challenger} />,
      formatCount(slice.matured),
      harmText(slice.harm),
      slice.flips === null
        ? 'no actions'
        : formatCount(slice.flips.onlyChallenger + slice.flips.onlyChampion),
    ]
  }
}
