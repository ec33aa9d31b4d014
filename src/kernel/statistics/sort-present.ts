/** Numbers without NaN, which is missing, ascending; −0 is 0. */
export function sortPresent(values: ArrayLike<number>): Float64Array {
  const present = new Float64Array(values.length)
  let count = 0
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? Number.NaN
    if (!Number.isNaN(value)) present[count++] = value + 0
  }
  return present.subarray(0, count).sort()
}
