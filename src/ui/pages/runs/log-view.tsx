import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'
import { ErrorNotice } from '../../components/messages.tsx'
import { useStepLog } from '../../data/log.ts'
import { useZone } from '../../data/preferences.ts'
import { clockText, plural } from '../../format.ts'

const lineHeight = 19

/** The log of a step as it is written. Follows the end until the reader scrolls up. */
export function LogView({ run, step, attempt }: { run: string; step: string; attempt: number | undefined }) {
  const log = useStepLog(run, step, attempt)
  const [zone] = useZone()
  const [following, setFollowing] = useState(true)
  const box = useRef<HTMLElement>(null)
  const virtualizer = useVirtualizer({
    count: log.lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => lineHeight,
    overscan: 20,
  })
  useEffect(() => {
    if (following && log.lines.length > 0) virtualizer.scrollToIndex(log.lines.length - 1)
  }, [following, log.lines.length, virtualizer])
  const onScroll = () => {
    const { scrollTop = 0, scrollHeight = 0, clientHeight = 0 } = box.current ?? {}
    setFollowing(scrollHeight - scrollTop - clientHeight < 2 * lineHeight)
  }
  if (log.error && log.lines.length === 0) return <ErrorNotice error={log.error} />
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="log" ref={box} onScroll={onScroll} tabIndex={0} aria-label="Log">
        <div className="log-lines" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(item => {
            const line = log.lines[item.index]
            if (!line) return null
            return (
              <div
                key={item.key}
                className={`log-line ${line.stream}`}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <span className="time">{line.at ? clockText(line.at, zone).time : ''}</span>
                <span className="text">
                  {line.stream === 'stderr' ? <span className="sr-only">stderr: </span> : null}
                  {line.text}
                </span>
              </div>
            )
          })}
        </div>
      </section>
      <p className="tiny muted log-foot" role="status">
        {log.loaded
          ? `${plural(log.lines.length, 'line')}, ${log.ended ? 'ended' : following ? 'following' : 'not following: scroll down to follow'}`
          : 'Loading the log'}
      </p>
    </>
  )
}
