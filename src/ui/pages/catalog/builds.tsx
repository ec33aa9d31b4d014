import { Link } from '@tanstack/react-router'
import { Hash } from '../../components/hash.tsx'
import { Empty } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'
import { RunOffer } from '../../components/run-offer.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time } from '../../components/time.tsx'
import { formatCount } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import type { Build } from './facts-types.ts'

/** Stored builds, newest first, with what each was used for. */
export function Builds({ name, builds }: { name: string; builds: readonly Build[] }) {
  return (
    <Panel title="Builds" aside={builds.length > 0 ? `${builds.length}, immutable` : undefined}>
      {builds.length > 0 ? (
        <SimpleTable
          label="Builds"
          head={['Build', 'Built', '>Rows', '>Left out', 'Models trained', 'Splits', 'Checksum']}
          rows={builds.map(build => [
            <Link key="build" to="/training-sets/$id" params={{ id: build.id }} className="row-link num">
              v{build.number}
            </Link>,
            <Time key="at" at={build.at} />,
            formatCount(build.rows),
            formatCount(sum(build.excluded)),
            build.trained.map(({ model, version }) => `${model} v${version}`).join(', ') || (
              <span className="muted">none</span>
            ),
            <span key="splits" className="num soft">
              {countsText(build.splits) || 'none'}
            </span>,
            <Hash key="checksum" value={build.checksum} />,
          ])}
        />
      ) : (
        <Empty text={emptyTexts.builds} />
      )}
      <RunOffer
        pipeline={`build-${name}`}
        word="Build now"
        plan="Joins every row with what was known at its time. If nothing has changed, the stored build is found and nothing is written."
        command={`fettle training-sets build ${name}`}
      />
    </Panel>
  )
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

/** `train 1 200, april 400`, the largest first. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .toSorted(([, left], [, right]) => right - left)
    .map(([name, count]) => `${name} ${formatCount(count)}`)
    .join(', ')
}
