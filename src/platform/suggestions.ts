import type { MetadataDatabase } from '../adapters/metadata/index.ts'
import { type Appliers, createSuggestions, type Suggestions } from '../governance/index.ts'
import type { Clock } from '../kernel/clock.ts'

const lookEveryMs = 5_000

interface SuggestionParts {
  readonly database: MetadataDatabase
  readonly clock: Clock
  /** What does each kind of suggestion once it is decided. */
  readonly appliers: Appliers
  onFault(error: unknown): void
}

/** The service, and the duty that expires suggestions, lets veto windows pass and applies what was decided. */
export function openSuggestions({ database: uow, clock, appliers, onFault }: SuggestionParts): {
  readonly suggestions: Suggestions
  readonly settling: { start(): void; stop(): Promise<void> }
} {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  const suggestions = createSuggestions({
    ...{ uow, clock, appliers },
    appliesHere: () => timer !== undefined,
  })
  const settle = (): void => {
    running ??= suggestions
      .settle()
      .catch(onFault)
      .finally(() => {
        running = undefined
      })
  }
  return {
    suggestions,
    settling: {
      start() {
        timer ??= setInterval(settle, lookEveryMs)
        timer.unref()
        settle()
      },
      async stop() {
        clearInterval(timer)
        timer = undefined
        await running
      },
    },
  }
}
