import { getRouteApi } from '@tanstack/react-router'
import type { ComparisonView } from '../../../api/judged.ts'
import { DivergingBar } from '../../components/bars.tsx'
import { useFirst } from '../../components/first-rows.tsx'
import { Empty } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { State } from '../../components/state.tsx'
import { Segments } from '../../components/tabs.tsx'
import { formatCount, formatFixed, formatNumber, formatSigned, plural } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { namesInOrder, nameText } from './row-names.ts'
import { SearchSelect } from './search-select.tsx'

const route = getRouteApi('/deployments/$name/releases/$number')

type Flip = ComparisonView['flips'][number]
type Right = 'release' | 'champion' | 'unknown'

/** The rows on which the two disagree most, and what moved each of them. */
export function FlippedRows({ report }: { report: ComparisonView }) {
  const { slice, who } = route.useSearch()
  const { flips } = report
  const shown = flips.filter(
    flip =>
      (slice === undefined || flip.slices.includes(slice)) && (who === undefined || rightOf(flip) === who),
  )
  const [first, more] = useFirst(shown, 12)
  if (flips.length === 0)
    return (
      <Panel title="Rows that flip">
        <p className="panel-note">The two decide alike on every row.</p>
      </Panel>
    )
  const slices = [...new Set(flips.flatMap(flip => flip.slices))].toSorted()
  return (
    <Panel
      title="Rows that flip, and why"
      aside={`${formatCount(shown.length)} of the ${plural(flips.length, 'row')} whose scores differ most`}
    >
      <div className="filters panel-body">
        <Segments
          label="Who was right"
          param="who"
          choices={[
            ['', 'Any'],
            ['release', 'This release was right'],
            ['champion', 'The champion was right'],
            ['unknown', 'Not known yet'],
          ]}
        />
        <SearchSelect
          label="Slice"
          param="slice"
          values={slice === undefined || slices.includes(slice) ? slices : [slice, ...slices]}
        />
      </div>
      {shown.length === 0 ? <Empty text={emptyTexts.filtered} /> : null}
      <ul className="flips">
        {first.map(flip => (
          <FlippedRow key={flip.row} flip={flip} />
        ))}
      </ul>
      {more}
    </Panel>
  )
}

/** Whose action the label bears out; the two act differently, so exactly one is right. */
function rightOf({ label, challenger }: Flip): Right {
  if (label === null) return 'unknown'
  return label > 0 === challenger.acts ? 'release' : 'champion'
}

const rightWords: Readonly<Record<Right, readonly [look: string, word: string]>> = {
  release: ['good', 'this release was right'],
  champion: ['fail', 'the champion was right'],
  unknown: ['waiting', 'not known yet who was right'],
}

function FlippedRow({ flip }: { flip: Flip }) {
  const { row, names, champion, challenger, label, why, slices } = flip
  const [look, word] = rightWords[rightOf(flip)]
  const named = namesInOrder([names]).map(name => `${name} ${nameText(name, names[name] ?? null)}`)
  const does = ({ acts }: Flip['champion']) => (acts ? 'acts' : 'does not act')
  return (
    <li>
      <details className="flip">
        <summary>
          <span className="name">{named.slice(0, 5).join(', ') || `Row ${row}`}</span>
          <span className="num">
            {formatFixed(champion.score, 3)} → {formatFixed(challenger.score, 3)}
          </span>
          <State value={look} word={word} />
        </summary>
        <p className="sentence">
          Row {row}: the champion {does(champion)} at {formatFixed(champion.score, 3)}, this release{' '}
          {does(challenger)} at {formatFixed(challenger.score, 3)};{' '}
          {label === null
            ? 'what came is not known yet'
            : `what came: ${label > 0 ? 'positive' : 'negative'}`}
          .
        </p>
        {named.length > 5 ? <p className="small soft">{named.slice(5).join(', ')}</p> : null}
        <p className="tags">
          {slices.map(each => (
            <span key={each} className="tag">
              {each}
            </span>
          ))}
        </p>
        {why.length === 0 ? (
          <p className="panel-note">Not both models say what moved their scores.</p>
        ) : (
          <Why why={why} />
        )}
      </details>
    </li>
  )
}

function Why({ why }: Pick<Flip, 'why'>) {
  const apart = (item: Flip['why'][number]) => (item.challenger ?? 0) - (item.champion ?? 0)
  const extent = Math.max(...why.map(item => Math.abs(apart(item))), 1e-9)
  const told = (value: number | null) =>
    value === null ? <span className="muted">does not use it</span> : formatSigned(value)
  return (
    <SimpleTable
      label="What moved the scores apart"
      head={['Input', '>Value', '>Champion', '>This release', '>Apart', 'down ← → up']}
      rows={why.map(item => [
        <code key="feature">{item.feature}</code>,
        item.value === null ? (
          <span key="missing" className="muted">
            missing
          </span>
        ) : (
          formatNumber(item.value)
        ),
        told(item.champion),
        told(item.challenger),
        formatSigned(apart(item)),
        <DivergingBar key="bar" value={apart(item)} extent={extent} />,
      ])}
    />
  )
}
