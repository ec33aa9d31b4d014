import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { ComparedSliceView, ComparisonView } from '../../../api/judged.ts'
import { IntervalBar, type Range } from '../../components/interval-bar.tsx'
import { Measured, shortNumber } from '../../components/measured.tsx'
import { Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { State } from '../../components/state.tsx'
import { formatCount } from '../../format.ts'
import { metricWord } from '../../texts.ts'
import { changeLooks, changeOf, changeTones, changeWords, domainOfMetric, mostHarmedMetric } from './compared.ts'
import { SearchSelect } from './search-select.tsx'

const route = getRouteApi('/deployments/$name/releases/$number')
const shownAtFirst = 20

/** Slices by harm for one metric, and those nobody declared. */
export function ComparedSlices({ report: { all, slices, discovered } }: { report: ComparisonView }) {
  const search = route.useSearch()
  const [every, setEvery] = useState(false)
  const names = all.metrics.map(each => each.metric)
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
          rows={(every ? slices : slices.slice(0, shownAtFirst)).map(slice => [
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
        {slices.length > shownAtFirst ? (
          <p className="more">
            <button type="button" className="button" onClick={() => setEvery(!every)}>
              {every ? `Show the first ${shownAtFirst}` : `Show all ${slices.length}`}
            </button>
          </p>
        ) : null}
      </Panel>
      {discovered.length === 0 ? null : (
        <Panel
          title="Discovered slices"
          note="Nobody declared these: a search found them among the decisions that flip. They never block; q is the share of false finds to expect."
        >
          <SimpleTable
            label="Discovered slices"
            head={[...head.map(title => (title === 'Slice' ? 'Where' : title)), '>q']}
            rows={discovered.map(slice => [
              <span key="where">
                {slice.where} <span className="tag">discovered</span>
              </span>,
              ...cellsOf(slice),
              shortNumber(slice.q),
            ])}
          />
        </Panel>
      )}
    </>
  )
}

const head = [
  'Slice',
  '>n',
  '>Champion',
  '>This release',
  '>Difference',
  'better ← 0 → worse',
  'Says',
  '>Harm',
  '>Flips',
]

function sliceCells(of: (slice: ComparedSliceView) => ComparedSliceView['metrics'][number] | undefined, domain: Range) {
  return (slice: ComparedSliceView) => {
    const metric = of(slice)
    const change = metric === undefined ? 'even' : changeOf(metric)
    return [
      formatCount(slice.matured),
      <Measured key="champion" value={metric?.champion} />,
      <Measured key="challenger" value={metric?.challenger} />,
      <Measured key="difference" value={metric?.difference} bounds={metric?.interval} />,
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
      <State key="says" value={changeLooks[change]} word={changeWords[change]} />,
      slice.harm > 0 ? `${Math.round(slice.harm * 100)} %` : 'none proven',
      slice.flips === null ? 'no actions' : formatCount(slice.flips.onlyChallenger + slice.flips.onlyChampion),
    ]
  }
}
