/** Hidden on every definition: the call stack at which it was made. The loader turns it into file and line. */
export const madeAt: unique symbol = Symbol.for('fettle.madeAt')

/** Freezes a definition and remembers where it was written, without becoming part of the data. */
export function located<Data extends object>(data: Data): Data {
  const holder: { stack?: string } = {}
  Error.captureStackTrace?.(holder, located)
  Object.defineProperty(data, madeAt, { value: holder.stack ?? '', enumerable: false })
  return Object.freeze(data)
}
