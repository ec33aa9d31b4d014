import { describe, expect, it } from 'vitest'
import { withVersion } from './model-versions-tag.ts'

describe('the registered versions of a logged model', () => {
  const first = '[{"name": "model", "version": 1}]'
  it('are named in order, each once', () => {
    expect(withVersion(undefined, { model: 'model', version: 1 })).toBe(first)
    expect(withVersion(first, { model: 'model', version: 1 })).toBeUndefined()
    expect(withVersion('[{"name":"model","version":"1"}]', { model: 'model', version: 1 })).toBeUndefined()
    expect(withVersion(first, { model: 'ü "x"', version: 2 })).toBe(
      '[{"name": "model", "version": 1}, {"name": "ü \\"x\\"", "version": 2}]',
    )
  })

  it('leave a text alone that is none of theirs', () => {
    expect(withVersion('mine', { model: 'model', version: 1 })).toBeUndefined()
    expect(withVersion('{}', { model: 'model', version: 1 })).toBeUndefined()
  })

  it('stay JSON that fits into a tag', () => {
    let tag: string | undefined
    for (let version = 1; version <= 400; version++)
      tag = withVersion(tag, { model: 'a model', version }) ?? tag
    expect([...(tag ?? '')].length).toBeLessThanOrEqual(8000)
    const versions = JSON.parse(tag ?? '') as { readonly version: number }[]
    expect(versions.at(-1)?.version).toBe(400)
  })
})
