import { getRouteApi, Link } from '@tanstack/react-router'
import type { RolloutView } from '../../../../api/rollouts.ts'
import type { FlipReportView } from '../../../../api/stage-evidence.ts'
import { useFirst } from '../../../components/first-rows.tsx'
import { boundsText, Measured, smallText } from '../../../components/measured.tsx'
import { Empty, Notice } from '../../../components/messages.tsx'
import { Figures, Panel } from '../../../components/page.tsx'
import { saveFile } from '../../../components/save-file.ts'
import { SimpleTable } from '../../../components/simple-table.tsx'
import { State } from '../../../components/state.tsx'
import { Segments } from '../../../components/tabs.tsx'
import { Time } from '../../../components/time.tsx'
import { formatCount, formatFixed, formatShare, plural } from '../../../format.ts'
import { emptyTexts } from '../../../texts.ts'
import { namesInOrder, nameText } from '../../releases/row-names.ts'
import { type Flip, filterFlips, flipsToCsv, type Right, rightOf, wayOf } from './flips.ts'
import { NoLook } from './rollout-panel.tsx'

const route = getRouteApi('/deployments/$name/rollouts/$id')

type FlipSlice = FlipReportView['all']

/** Rows that the two would decide differently: by slice, and the largest one by one. */
export function FlipsTab({ rollout }: { rollout: RolloutView }) {
  const { evidence } = rollout
  if (evidence === null) return <NoLook />
  if (evidence.flips === null)
    return (
      <Panel title="Flips">
        <Empty text={emptyTexts.flips} />
      </Panel>
    )
  return (
    <>
      <Whole report={evidence.flips} />
      <Slices report={evidence.flips} />
      <Largest report={evidence.flips} file={`${rollout.deployment}-r${rollout.release.number}-flips.csv`} />
    </>
  )
}

const flipped = ({ onlyChallenger, onlyChampion }: FlipSlice) => onlyChallenger + onlyChampion

function Whole({ report: { pairs, all } }: { report: FlipReportView }) {
  const right = all.challengerRight + all.championRight
  return (
    <section className="panel" aria-label="Flips in short">
      <Figures
        items={[
          ['Pairs', formatCount(pairs)],
          [
            'Decided differently',
            <>
              {formatCount(flipped(all))}{' '}
              <small>
                <Measured value={all.disagreement} show={formatShare} />
              </small>
            </>,
          ],
          ['Flips a week, at full traffic', <Measured key="week" value={all.flipsPerWeek} show={weekly} />],
          ['Only the challenger acts', formatCount(all.onlyChallenger)],
          ['Only the champion acts', formatCount(all.onlyChampion)],
          [
            'Challenger was right',
            right === 0 ? (
              <small key="right">no label of a flip has come</small>
            ) : (
              <>
                {formatCount(all.challengerRight)} <small>of {formatCount(right)} labelled</small>
              </>
            ),
          ],
        ]}
      />
      {all.n < pairs ? (
        <p className="panel-note">
          Counted on {formatCount(all.n)} of the pairs, those of whole entities drawn by their hash.
        </p>
      ) : null}
    </section>
  )
}

const weekly = (count: number) => formatCount(Math.round(count))

function Slices({ report: { all, slices } }: { report: FlipReportView }) {
  const { slice: chosen } = route.useSearch()
  const rows = [all, ...slices]
  const [shown, more] = useFirst(rows, 16)
  return (
    <Panel
      title="By slice, most harmed first"
      aside="click one to see its flips below"
      note="d is the action rate of the challenger less that of the champion, with its 95 % bounds. p is McNemar’s, of as many flips one way as the other."
    >
      <SimpleTable
        label="Flips by slice"
        head={[
          'Slice',
          '>n',
          '>Both act',
          '>Only challenger',
          '>Only champion',
          '>Neither',
          '>d',
          '>p',
          '>Challenger right',
          '>Champion right',
          '>Flips a week',
        ]}
        current={shown.findIndex(({ slice }) => slice === chosen)}
        rows={shown.map(each => [
          <SliceLink key="slice" slice={each.slice} isAll={each === all} />,
          formatCount(each.n),
          formatCount(each.both),
          formatCount(each.onlyChallenger),
          formatCount(each.onlyChampion),
          formatCount(each.neither),
          <span key="d" className="measured">
            <Measured value={each.difference} show={signedShare} />
            {each.interval ? (
              <span className="num tiny muted">{boundsText(each.interval, signedShare)}</span>
            ) : null}
          </span>,
          <Measured key="p" value={each.pMcNemar} show={smallText} />,
          formatCount(each.challengerRight),
          formatCount(each.championRight),
          <Measured key="week" value={each.flipsPerWeek} show={weekly} />,
        ])}
      />
      {more}
    </Panel>
  )
}

const signedShare = (share: number) => `${share > 0 ? '+' : ''}${formatShareSigned(share)}`
/** `−0.4 %`, with the sign of typography. */
const formatShareSigned = (share: number) => (share < 0 ? `−${formatShare(-share)}` : formatShare(share))

function SliceLink({ slice, isAll }: { slice: string; isAll: boolean }) {
  return (
    <Link
      to="."
      search={(previous: object) => ({ ...previous, slice: isAll ? undefined : slice }) as never}
      className="row-link nowrap"
      replace
      resetScroll={false}
    >
      {slice}
    </Link>
  )
}

function Largest({ report, file }: { report: FlipReportView; file: string }) {
  const { slice, way, who } = route.useSearch()
  const shown = filterFlips(report.flips, { slice, way, who })
  return (
    <Panel
      title="The largest flips"
      aside={`${formatCount(shown.length)} of the ${plural(report.flips.length, 'row')} whose scores differ most${slice ? `, in ${slice}` : ''}`}
    >
      <div className="filters panel-body">
        <Segments
          label="Who acts"
          param="way"
          choices={[
            ['', 'Either way'],
            ['challenger', 'Only the challenger acts'],
            ['champion', 'Only the champion acts'],
          ]}
        />
        <Segments
          label="Who was right"
          param="who"
          choices={[
            ['', 'Whoever was right'],
            ['challenger', 'Challenger right'],
            ['champion', 'Champion right'],
            ['unknown', 'Not known yet'],
          ]}
        />
        {slice === undefined ? null : (
          <Link
            to="."
            search={(previous: object) => ({ ...previous, slice: undefined }) as never}
            replace
            resetScroll={false}
          >
            All slices
          </Link>
        )}
        <button
          type="button"
          className="button"
          disabled={shown.length === 0}
          onClick={() => saveFile(file, flipsToCsv(shown))}
        >
          Save as CSV
        </button>
      </div>
      {report.flips.length === 0 ? (
        <p className="panel-note">The two decide alike on every pair.</p>
      ) : shown.length === 0 ? (
        <Empty text={emptyTexts.filtered} />
      ) : (
        <FlipTable flips={shown} />
      )}
      {shown.some(flip => wayOf(flip) === 'neither') ? (
        <Notice tone="info">
          <p className="small">
            Where both do the same only the scores differ: nobody is decided about differently.
          </p>
        </Notice>
      ) : null}
    </Panel>
  )
}

const rightWords: Readonly<Record<Right, readonly [look: string, word: string]>> = {
  challenger: ['good', 'challenger'],
  champion: ['fail', 'champion'],
  unknown: ['waiting', 'not known yet'],
}

function FlipTable({ flips }: { flips: readonly Flip[] }) {
  const names = namesInOrder(flips.map(flip => flip.names)).slice(0, 4)
  const [shown, more] = useFirst(flips, 20)
  return (
    <>
      <SimpleTable
        label="Largest flips"
        head={[
          'Decision',
          '>Champion',
          '>Challenger',
          'Acts',
          'Who was right',
          ...names,
          'Decided',
          'Scored again',
        ]}
        rows={shown.map(flip => [
          <Link key="decision" to="/decisions/$id" params={{ id: flip.predictionId }}>
            {flip.predictionId.slice(-8)}
          </Link>,
          formatFixed(flip.champion.score, 3),
          formatFixed(flip.challenger.score, 3),
          actsText(flip),
          <RightCell key="right" flip={flip} />,
          ...names.map(name => nameText(name, flip.names[name] ?? null)),
          <Time key="at" at={flip.at} />,
          <Link key="shadow" to="/decisions/$id" params={{ id: flip.shadowId }}>
            {flip.shadowId.slice(-8)}
          </Link>,
        ])}
      />
      {more}
    </>
  )
}

function RightCell({ flip }: { flip: Flip }) {
  if (flip.label !== null && wayOf(flip) === 'neither') return <span className="muted">both alike</span>
  const [look, word] = rightWords[rightOf(flip)]
  return <State value={look} word={word} />
}

function actsText(flip: Flip): string {
  const way = wayOf(flip)
  if (way === 'neither') return flip.champion.acts ? 'both' : 'neither'
  return `only the ${way}`
}
