import { useFirst } from '../../components/first-rows.tsx'
import { domainOf, IntervalBar, type Range } from '../../components/interval-bar.tsx'
import { boundsText, harmText, Measured, smallText } from '../../components/measured.tsx'
import { Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { groupBy } from '../../data/group-by.ts'
import { formatCount } from '../../format.ts'
import { lowerIsBetter, metricWord } from '../../texts.ts'
import type { DiscoveredView, HarmedView } from './evaluation.ts'

/** Slices worse than the whole beyond noise, most harmed first. */
export function HarmedSlices({ harmed }: { harmed: readonly HarmedView[] }) {
  const domains = new Map(
    [...groupBy(harmed, each => each.metric)].map(([metric, same]) => [metric, domainOfHarm(metric, same)]),
  )
  return (
    <Panel
      title="Worse than the whole"
      aside={`${formatCount(harmed.length)} declared ${harmed.length === 1 ? 'slice' : 'slices'}, most harmed first`}
      note="Only slices whose interval leaves out the value over all rows. The bar is the slice, the line the whole, worse to the right. Harm: how much larger the error is, at the least."
    >
      <SimpleTable
        label="Harmed slices"
        head={['Slice', '>n', 'Worst in', '>Here', '>Whole', 'better ← → worse', '>Harm']}
        rows={harmed.map(each => [
          each.slice,
          each.rows === undefined ? 'not told' : formatCount(each.rows),
          metricWord(each.metric),
          <Measured key="here" value={each.value} bounds={each.bounds} />,
          <Measured key="whole" value={each.whole} />,
          each.bounds ? (
            <IntervalBar
              key="bar"
              domain={domains.get(each.metric) ?? [0, 1]}
              {...each.bounds}
              estimate={each.value}
              mark={each.whole}
              tone="fail"
            />
          ) : null,
          `${harmText(each.harm)} at least`,
        ])}
      />
    </Panel>
  )
}

function domainOfHarm(metric: string, harmed: readonly HarmedView[]): Range {
  const [least, most] = domainOf(
    harmed.flatMap(each => (each.bounds ? [{ ...each.bounds, estimate: each.value }] : [])),
    harmed.flatMap(each => (each.whole === undefined ? [] : [each.whole])),
  )
  return lowerIsBetter.has(metric) ? [least, most] : [most, least]
}

/** Slices nobody declared, found on one half of the rows and measured on the other. */
export function DiscoveredSlices({ discovered }: { discovered: readonly DiscoveredView[] }) {
  const [shown, more] = useFirst(discovered, 8)
  const domain = domainOf(
    discovered.flatMap(each => each.bounds ?? []),
    [0],
  )
  return (
    <Panel
      title="Discovered slices"
      note="Nobody declared these: a search found them on one half of the rows and measured them on the other. q is the share of false finds to expect. They never decide."
    >
      <SimpleTable
        label="Discovered slices"
        head={['Where', '>n', 'Loss', '>Here', '>Elsewhere', 'Worse by, 95 %', '0 → worse', '>q']}
        rows={shown.map(each => [
          <span key="where">
            {each.where} <span className="tag">discovered</span>
          </span>,
          each.rows === undefined ? 'not told' : formatCount(each.rows),
          metricWord(each.loss.name),
          <Measured key="here" value={each.loss.value} />,
          <Measured key="rest" value={each.loss.rest} />,
          each.bounds ? (
            <span key="bounds" className="num">
              {boundsText(each.bounds)}
            </span>
          ) : (
            'not computed'
          ),
          each.bounds ? (
            <IntervalBar key="bar" domain={domain} {...each.bounds} mark={0} tone="fail" />
          ) : null,
          each.q === undefined ? 'not told' : smallText(each.q),
        ])}
      />
      {more}
    </Panel>
  )
}
