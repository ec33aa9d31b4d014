import type { ErrorEntry } from './index.ts'

export const trackingErrors = {
  EXPERIMENT_UNKNOWN: { status: 404, title: 'No such experiment', hint: 'fettle experiments lists them.' },
  EXPERIMENT_RUN_UNKNOWN: {
    status: 404,
    title: 'No such experiment run',
    hint: 'fettle experiments NAME lists the runs of one, and so does its page.',
  },
  RUN_FINISHED: { status: 409, title: 'The run has ended', hint: 'Start a new run, or resume this one.' },
  PARAM_CHANGED: {
    status: 400,
    title: 'A param cannot change',
    hint: 'Params are written once; log a metric or tag for what changes.',
  },
  TRACKING_INVALID: {
    status: 400,
    title: 'The request cannot be recorded',
    hint: 'Nothing of the request was written; mend the named value and send it again.',
  },
  TRACKING_DELETED: {
    status: 409,
    title: 'A deleted run or experiment takes no writes',
    hint: 'Restore it first.',
  },
  PURGE_REFUSED: {
    status: 409,
    title: 'Only what is deleted can be purged',
    hint: 'Delete the experiment first; until it is purged it can be restored.',
  },
  TRACKING_BUSY: {
    status: 429,
    title: 'More is being logged than can be written',
    hint: 'Wait as long as Retry-After says and send it again; nothing of the request was written.',
  },
  SYNC_OTHER_SERVER: {
    status: 409,
    title: 'The spool belongs to another server',
    hint: 'Send it to the server it was begun with: fettle sync DIR --server URL.',
  },
  SYNC_GAP: {
    status: 409,
    title: 'Operations of the spool are missing',
    hint: 'Nothing after the gap is taken. Look for the rest of the spool, or restore the server from a newer backup.',
  },
  SYNC_DIVERGED: {
    status: 409,
    title: 'Two spools have the same client id',
    hint: 'One is a copy that was written on: log its runs again under new ids.',
  },
  SPOOL_INVALID: {
    status: 400,
    title: 'Not a spool',
    hint: 'Name a spool folder, or the folder that holds spools: usually ~/.local/share/fettle/spool.',
  },
  ALERT_RULE_UNKNOWN: {
    status: 404,
    title: 'No such alert rule',
    hint: 'fettle alerts rules lists them.',
  },
  LOGGED_MODEL_UNKNOWN: {
    status: 404,
    title: 'No such logged model',
    hint: 'The run page lists the models a run logged.',
  },
  TAG_UNKNOWN: { status: 404, title: 'No such tag', hint: 'The page of the run or model lists its tags.' },
  FILTER_INVALID: {
    status: 400,
    title: 'Not a filter',
    hint: "Clauses look like metrics.auc > 0.7 or tags.team = 'ops', joined by AND, OR and NOT.",
  },
  VIEW_UNKNOWN: {
    status: 404,
    title: 'No such saved view',
    hint: 'The page of the experiment lists its views.',
  },
  VIEW_CHANGED: {
    status: 409,
    title: 'The saved view was changed meanwhile',
    hint: 'Load the view again, then make the change, or save it under another name.',
  },
  VIEW_NOT_YOURS: {
    status: 403,
    title: 'The saved view belongs to somebody else',
    hint: 'Save it under another name: that one is yours.',
  },
  UPLOAD_INCOMPLETE: {
    status: 400,
    title: 'The upload was cut, or is not what was announced',
    hint: 'Nothing was stored; send the file again.',
  },
  REGISTRY_INVALID: {
    status: 400,
    title: 'The request cannot be registered',
    hint: 'Nothing of the request was written; mend the named value and send it again.',
  },
  VERSION_IN_USE: {
    status: 409,
    title: 'The version is in use',
    hint: 'Take it out of the named releases and holds first.',
  },
  VERSION_INCOMPLETE: {
    status: 409,
    title: 'The version cannot be released',
    hint: 'A release needs files, a signature, a format that is scored here, and rows to test the scorer by.',
  },
  ALIAS_PROTECTED: {
    status: 403,
    title: 'The alias is protected',
    hint: 'champion and challenger move by deploying: fettle deploy DEPLOYMENT --model-version VERSION.',
  },
  RULE_INVALID: {
    status: 400,
    title: 'Not a usable rule for an alias',
    hint: 'A rule names checks (signature, signed-files, evaluation) and how many other people must agree.',
  },
  CHECK_FAILED: {
    status: 409,
    title: 'The version lacks what the rule of the alias asks for',
    hint: 'Mend what the message names, then ask again.',
  },
  APPROVAL_UNKNOWN: { status: 404, title: 'No such request', hint: 'fettle models requests lists them.' },
  APPROVAL_CLOSED: {
    status: 409,
    title: 'The request is no longer open',
    hint: 'Ask again: fettle models request-alias MODEL ALIAS VERSION.',
  },
  SELF_APPROVAL: {
    status: 403,
    title: 'Who asked for a change does not approve it',
    hint: 'Another person signs in under their own name; everybody without one is "local".',
  },
  ALREADY_DECIDED: { status: 409, title: 'One person decides once', hint: 'Somebody else must decide.' },
  CARD_FROZEN: {
    status: 409,
    title: 'The model card is frozen',
    hint: 'Write into the card of a version before it is released.',
  },
  MODEL_UNSIGNED: {
    status: 409,
    title: 'The version is not signed',
    hint: 'fettle models verify MODEL@VERSION says why; fettle models sign MODEL@VERSION signs it.',
  },
  MODEL_ALTERED: {
    status: 409,
    title: 'The files are not those that were signed',
    hint: 'fettle models verify MODEL@VERSION names the files; restore them, or register what is there as a new version.',
  },
  SIGNATURE_INVALID: {
    status: 400,
    title: 'A signature that proves nothing',
    hint: 'Sign the files again with a key that is trusted here.',
  },
  KEY_UNUSABLE: {
    status: 400,
    title: 'Not a usable signing key',
    hint: 'Use a P-256 or Ed25519 key in PEM; with certificates, the first is that of the key.',
  },
  WEBHOOK_UNKNOWN: { status: 404, title: 'No such webhook', hint: 'GET …/mlflow/webhooks lists them.' },
  WEBHOOK_INVALID: {
    status: 400,
    title: 'Not a usable webhook',
    hint: 'Webhooks go to https addresses of the public network, or to those that FETTLE_WEBHOOK_ALLOW names.',
  },
  MODEL_UNKNOWN: { status: 404, title: 'No such registered model', hint: 'fettle models lists them.' },
  MODEL_VERSION_UNKNOWN: {
    status: 404,
    title: 'No such model version',
    hint: 'fettle models MODEL lists its versions, and so does its page.',
  },
  ALIAS_UNKNOWN: {
    status: 404,
    title: 'No such alias',
    hint: 'fettle models MODEL lists its aliases, and so does its page.',
  },
  ARTIFACT_UNKNOWN: { status: 404, title: 'No such artifact', hint: 'The run page lists its artifacts.' },
  OBJECT_UNKNOWN: {
    status: 404,
    title: 'No object with this hash',
    hint: 'The object store may have been moved or cut; restore it from a backup.',
  },
  OBJECT_CORRUPT: {
    status: 500,
    title: 'Stored bytes do not have their hash',
    hint: 'Restore the object from a backup.',
  },
  OBJECT_STORE_UNAVAILABLE: {
    status: 503,
    title: 'The object store does not answer',
    hint: 'Retry later: nothing half written is visible, and sent parts are kept.',
  },
  OBJECT_STORE_MISCONFIGURED: {
    status: 503,
    title: 'The object store refuses us',
    hint: 'Check the s3:// URL of "objects" in fettle.json and the credentials in the environment.',
  },
  NAME_TAKEN: { status: 409, title: 'The name is taken', hint: 'Choose another name.' },
  NAME_INVALID: {
    status: 400,
    title: 'Not a usable name',
    hint: 'Names are lower case: a letter, then up to 62 letters, digits, _ or -.',
  },
  IMPORT_SOURCE: {
    status: 400,
    title: 'The store to import from cannot be read',
    hint: 'Name an MLflow server (http://…), database (sqlite:///… or postgresql://…), or mlruns folder (file:…).',
  },
  IMPORT_CONFLICT: {
    status: 409,
    title: 'The import meets something else of that name here',
    hint: 'What is here stays; rename one of the two, then import again.',
  },
  ARTIFACT_PATH_INVALID: {
    status: 400,
    title: 'Not a usable artifact path',
    hint: 'Paths are relative, with forward slashes, without empty, . or .. segments.',
  },
  ORDER_INVALID: {
    status: 400,
    title: 'Not an order of runs',
    hint: 'Write metrics.auc for a metric, params.depth for a param, start_time for when it began; an order may add DESC.',
  },
  AUDIT_BROKEN: {
    status: 500,
    title: 'The audit log was altered',
    hint: 'Restore a backup made before the first bad event; find out who can write to the store.',
  },
  INGREDIENTS_MISSING: {
    status: 409,
    title: 'A version cannot be made again',
    hint: 'fettle reproduce MODEL@VERSION --explain lists what is wanted and what was found.',
  },
  REPRODUCTION_UNKNOWN: {
    status: 404,
    title: 'No such reproduction',
    hint: 'fettle reproduce MODEL@VERSION --explain shows the last one of a version.',
  },
  EVALUATION_UNKNOWN: {
    status: 404,
    title: 'No such evaluation',
    hint: 'fettle models card MODEL@VERSION lists those that were kept.',
  },
  MODEL_INVALID: {
    status: 400,
    title: 'The model version cannot be registered',
    hint: 'Nothing was written; mend what the message names.',
  },
} as const satisfies Record<string, ErrorEntry>
