import { contentHash, type Json } from '../kernel/canonical.ts'
import type { Release } from './model.ts'

/**
 * The identity of a release: contentHash of everything but its number, the time it was made, what it derives from and the
 * digest itself, so that the same model with the same definitions is the same release whenever it is made.
 */
export function releaseDigest(release: Omit<Release, 'digest' | 'createdAt' | 'number'>): string {
  const {
    digest: _digest,
    createdAt: _createdAt,
    number: _number,
    parent: _parent,
    changed: _changed,
    ...identified
  } = release as Release
  return contentHash(identified as unknown as Json)
}
