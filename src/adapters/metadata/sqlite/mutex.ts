/** Lets one holder in at a time, in the order they asked. */
export interface Mutex {
  /** Resolves, when it is this caller's turn, to the function that ends it. */
  lock(): Promise<() => void>
}

export function createMutex(): Mutex {
  let last: Promise<void> = Promise.resolve()
  return {
    async lock() {
      const before = last
      let unlock: () => void = () => {}
      last = new Promise(resolve => {
        unlock = resolve
      })
      await before
      return unlock
    },
  }
}
