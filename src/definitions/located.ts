/** Hidden on every definition: the call stack at which it was made. The loader turns it into file and line. */
export const madeAt: unique symbol = Symbol.for('fettle.madeAt')

/** Hidden on a feature view: the names of its key components in the order of the entity's key. */
export const keyNames: unique symbol = Symbol.for('fettle.keyNames')

/** Freezes a definition and remembers where it was written, without becoming part of the data. */
export function located<Data extends object>(data: Data): Data {
  const holder: { stack?: string } = {}
  Error.captureStackTrace?.(holder, located)
  Object.defineProperty(data, madeAt, { value: holder.stack ?? '', enumerable: false })
  return Object.freeze(data)
}
