import { stat } from 'node:fs/promises'

const everyMillis = 250

/** Seals when a file has changed: what was logged before can then be rewritten by whoever changed it. */
export function sealWhenChanged(file: string, seal: () => void): { close(): void } {
  let known: number | undefined
  let isLooking = false

  async function look(): Promise<void> {
    if (isLooking) return
    isLooking = true
    const changed = await stat(file).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    )
    if (known !== undefined && known !== changed) seal()
    known = changed
    isLooking = false
  }

  void look()
  const poll = setInterval(() => void look(), everyMillis)
  poll.unref()
  return { close: () => clearInterval(poll) }
}
