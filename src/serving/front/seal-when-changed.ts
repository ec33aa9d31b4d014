import { stat } from 'node:fs/promises'

const everyMillis = 250

/** Seals when a file has changed: what was logged before can then be rewritten by whoever changed it. */
export function sealWhenChanged(file: string, seal: () => void): { close(): void } {
  let known: number | undefined
  const look = async () => {
    const changed = await stat(file).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    )
    if (known !== undefined && known !== changed) seal()
    known = changed
  }
  let looking: Promise<void> | undefined
  const turn = () => {
    looking ??= look().finally(() => {
      looking = undefined
    })
  }
  turn()
  const poll = setInterval(turn, everyMillis)
  poll.unref()
  return { close: () => clearInterval(poll) }
}
