/** A published claim and what a simulation found. */
export interface Finding {
  readonly claim: string
  readonly target: { readonly atMost: number } | { readonly atLeast: number }
  readonly measured: number
  /** Simulated cases behind the number; absent where it was computed exactly. */
  readonly runs?: number
}

/** Whether the target holds, with so many standard errors of the simulation conceded. */
export function holds({ target, measured, runs }: Finding, conceded = 0): boolean {
  const limit = 'atMost' in target ? target.atMost : target.atLeast
  const slack = runs === undefined ? 0 : conceded * Math.sqrt((limit * (1 - limit)) / runs)
  return 'atMost' in target ? measured <= limit + slack : measured >= limit - slack
}

/** Share of runs in which something happened. */
export function share(runs: number, happened: (run: number) => boolean): number {
  let count = 0
  for (let run = 0; run < runs; run++) if (happened(run)) count++
  return count / runs
}
