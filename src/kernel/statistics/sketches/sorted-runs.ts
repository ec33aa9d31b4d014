/** An ascending run of numbers in a buffer that grows. */
export interface SortedRun {
  values: Float64Array
  length: number
}

export function sortedRun(): SortedRun {
  return { values: new Float64Array(16), length: 0 }
}

/** Sorts a short list in place. */
export function insertionSort(values: Float64Array): void {
  for (let end = 1; end < values.length; end++) {
    const value = values[end] as number
    let at = end - 1
    for (; at >= 0 && (values[at] as number) > value; at--) values[at + 1] = values[at] as number
    values[at + 1] = value
  }
}

/** Items `first`, `first + step`, … of an ascending list. */
export interface Every {
  readonly of: Float64Array
  readonly first: number
  readonly step: number
  readonly count: number
}

/** Merges items of another list into a run, from the back, without another buffer. */
export function mergeInto(run: SortedRun, { of, first, step, count }: Every): void {
  let to = run.length + count
  if (to > run.values.length) {
    const values = new Float64Array(to + (to >> 1))
    values.set(run.values.subarray(0, run.length))
    run.values = values
  }
  const { values } = run
  let at = run.length - 1
  run.length = to
  for (let from = first + step * (count - 1); from >= first; from -= step) {
    const value = of[from] as number
    for (; at >= 0 && (values[at] as number) > value; at--) values[--to] = values[at] as number
    values[--to] = value
  }
}
