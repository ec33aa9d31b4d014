/** What a decision was made for. */
export const kindWords: Readonly<Record<string, string>> = {
  online: 'online',
  batch: 'batch',
  shadow: 'shadow',
  'reverse-shadow': 'reverse shadow',
  exercise: 'exercise',
  demo: 'demo',
}

export const arms = ['champion', 'challenger', 'control', 'holdback', 'pinned'] as const
export const kinds = ['online', 'batch', 'shadow', 'reverse-shadow', 'exercise', 'demo'] as const
export const servers = ['model', 'fallback', 'former', 'rule', 'value'] as const

const armReasons: Readonly<Record<string, string>> = {
  only: 'nothing else took traffic',
  bucket: 'its bucket fell into the range of this arm',
  pin: 'its unit is pinned to this arm',
  excluded: 'its row is excluded from the rollout',
  version: 'the caller asked for this release',
  holdback: 'its bucket is in the hold-out',
  killed: 'a kill switch was on',
}

export const armReason = (reason: string) => armReasons[reason] ?? reason
