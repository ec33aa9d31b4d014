/** Names of the wire with their numbers: either is read, names are written. */
export const runStatus = { RUNNING: 1, SCHEDULED: 2, FINISHED: 3, FAILED: 4, KILLED: 5 } as const
export const viewType = { ACTIVE_ONLY: 1, DELETED_ONLY: 2, ALL: 3 } as const
export const loggedModelStatus = {
  LOGGED_MODEL_STATUS_UNSPECIFIED: 0,
  LOGGED_MODEL_PENDING: 1,
  LOGGED_MODEL_READY: 2,
  LOGGED_MODEL_UPLOAD_FAILED: 3,
} as const

export const webhookStatus = { ACTIVE: 1, DISABLED: 2 } as const
export const webhookEntity = {
  ENTITY_UNSPECIFIED: 0,
  REGISTERED_MODEL: 1,
  MODEL_VERSION: 2,
  MODEL_VERSION_TAG: 3,
  MODEL_VERSION_ALIAS: 4,
  PROMPT: 5,
  PROMPT_VERSION: 6,
  PROMPT_TAG: 7,
  PROMPT_VERSION_TAG: 8,
  PROMPT_ALIAS: 9,
} as const
export const webhookAction = { ACTION_UNSPECIFIED: 0, CREATED: 1, UPDATED: 2, DELETED: 3, SET: 4 } as const

export type RunStatusName = keyof typeof runStatus
export type ViewTypeName = keyof typeof viewType
export type LoggedModelStatusName = keyof typeof loggedModelStatus
