/** With less of the device free, nothing is acknowledged: the segments that wait to be shipped need the rest. */
export const leastFreeShare = 0.02

const everyMs = 1000

export interface Room {
  /** As it was about a second ago; asking looks again, outside the event loop. */
  freeShare(): number
}

/** A device that does not say how full it is counts as empty: the write itself will tell. */
export function watchRoom(look: () => Promise<number>): Room {
  let free = 1
  let lookedAt = Number.NEGATIVE_INFINITY
  return {
    freeShare() {
      const now = performance.now()
      if (now - lookedAt >= everyMs) {
        lookedAt = now
        look().then(
          share => {
            free = share
          },
          () => {
            free = 1
          },
        )
      }
      return free
    },
  }
}
