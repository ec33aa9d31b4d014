/** One text value per row as an index into `dictionary`; −1 is missing. */
export interface CodedColumn {
  readonly codes: Int32Array
  readonly dictionary: readonly string[]
}

/** Numbers as codes of their texts, in the order of the numbers; NaN is missing. */
export function codeNumbers(values: Float64Array): CodedColumn {
  const distinct = [...new Set(values)].filter(value => !Number.isNaN(value)).sort((a, b) => a - b)
  const known = new Map(distinct.map((value, code) => [value, code]))
  const codes = new Int32Array(values.length)
  for (let row = 0; row < codes.length; row++) codes[row] = known.get(values[row] as number) ?? -1
  return {
    codes,
    dictionary: distinct.map(value => String(value + 0)),
  }
}

/** UTC months `2001-04` of instants in microseconds since the epoch; NaN is missing. */
export function monthsOf(times: Float64Array): CodedColumn {
  const codes = new Int32Array(times.length)
  const dictionary: string[] = []
  const known = new Map<number, number>()
  times.forEach((time, row) => {
    if (Number.isNaN(time)) {
      codes[row] = -1
      return
    }
    const date = new Date(Math.floor(time / 1000))
    const month = date.getUTCFullYear() * 12 + date.getUTCMonth()
    let code = known.get(month)
    if (code === undefined) {
      code = dictionary.push(date.toISOString().slice(0, 7)) - 1
      known.set(month, code)
    }
    codes[row] = code
  })
  return { codes, dictionary }
}
