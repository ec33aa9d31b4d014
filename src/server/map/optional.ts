type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** The same object without the keys that are undefined: what is not there is not there. */
export function withoutUndefined<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>
}
