import { exitCodes } from './exit-codes.ts'

/** Told by the first Ctrl-C or SIGTERM; a second one ends the process at once, which loses nothing acknowledged. */
export function awaitInterruption(): { readonly happened: Promise<void>; release(): void } {
  const { promise, resolve } = withResolver()
  let asked = false
  const onSignal = () => {
    if (asked) process.exit(exitCodes.interrupted)
    asked = true
    resolve()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    happened: promise,
    release() {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}

function withResolver(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve: () => void = () => {}
  const promise = new Promise<void>(settle => {
    resolve = settle
  })
  return { promise, resolve }
}
