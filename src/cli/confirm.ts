import { createInterface } from 'node:readline/promises'

/** Asks a yes-or-no question on the terminal; anything but y or yes is no, the end of the input too. */
export async function confirm(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const ended = new Promise<string>(resolve => lines.once('close', () => resolve('')))
    return /^y(es)?$/i.test((await Promise.race([lines.question(`${question} [y/N] `), ended])).trim())
  } finally {
    lines.close()
  }
}
