import pc from 'picocolors'
import type { Io } from '../../src/cli/io.ts'

export interface FakeIo extends Io {
  readonly written: { out: string; err: string }
}

/** Streams in memory: no terminal, no colours, a clock that stands at the given time. */
export function fakeIo(now = Date.parse('2001-05-08T17:00:00Z')): FakeIo {
  const written = { out: '', err: '' }
  return {
    written,
    out(text) {
      written.out += text
    },
    err(text) {
      written.err += text
    },
    interactive: false,
    redraws: false,
    width: 80,
    paint: pc.createColors(false),
    now: () => now,
  }
}
