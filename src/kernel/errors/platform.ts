import type { ErrorEntry } from './index.ts'

export const platformErrors = {
  RUNTIME_UNSUPPORTED: {
    status: 500,
    title: 'This Node.js is too old',
    hint: 'Install Node.js 20.19 or newer.',
  },
  FOLDER_IN_USE: {
    status: 409,
    title: 'Another process uses this .fettle folder',
    hint: 'Stop the other process, or choose another folder with --folder.',
  },
  DISK_FULL: {
    status: 507,
    title: 'No space left on the disk',
    hint: 'Free some space and repeat the command; finished work is kept.',
  },
  PORT_IN_USE: {
    status: 409,
    title: 'The port is taken',
    hint: 'Choose another with --port (that of predictions with --data-port), or stop the program that listens there.',
  },
  BACKUP_INVALID: {
    status: 400,
    title: 'This cannot be backed up or restored',
    hint: 'docs/deployment.md shows the commands in their order.',
  },
  METADATA_UNAVAILABLE: {
    status: 503,
    title: 'The metadata database does not answer',
    hint: 'Retry later. Check that the database runs and that this machine can reach it.',
  },
  METADATA_TOO_NEW: {
    status: 500,
    title: 'The metadata store is newer than this program',
    hint: 'Use the version of Fettle that wrote it, or a newer one.',
  },
  MIGRATION_CHANGED: {
    status: 500,
    title: 'The metadata store was made by another build',
    hint: 'Use the build that made it, or restore a backup; a released migration never changes.',
  },
  INTERNAL: {
    status: 500,
    title: 'A fault inside Fettle',
    hint: 'Please report it with the incident id; nothing was half written.',
  },
} as const satisfies Record<string, ErrorEntry>
