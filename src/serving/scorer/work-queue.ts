import type { Job, Piece } from './job.ts'

/** What waits for a scorer: in arrival order within a class, classes in order of their rank. */
export interface WorkQueue {
  /** Rows that wait. */
  rows(): number
  /** Rows that go before a newcomer of this rank. */
  rowsBefore(rank: number): number
  push(piece: Piece): void
  /** Before everything else, in this order: rows that were with a scorer already. */
  pushFirst(pieces: readonly Piece[]): void
  /** The next batch. A piece larger than a batch is cut; `drop` is asked of every job that comes up and takes it out. */
  take(maxRows: number, drop: (job: Job) => boolean): readonly Piece[]
  /** Takes out the newest job of the lowest class below this rank. */
  shed(rank: number): Job | undefined
  /** Asks `drop` of every job that waits. */
  sweep(drop: (job: Job) => boolean): void
}

interface Lane {
  readonly rank: number
  pieces: Piece[]
  rows: number
}

const firstRank = Number.NEGATIVE_INFINITY

export function createWorkQueue(): WorkQueue {
  /** Ascending by rank; a class that was asked for once stays, as ranks are few. */
  const lanes: Lane[] = [{ rank: firstRank, pieces: [], rows: 0 }]
  let waiting = 0

  function laneOf(rank: number): Lane {
    const found = lanes.find(lane => lane.rank >= rank)
    if (found?.rank === rank) return found
    const lane = { rank, pieces: [], rows: 0 }
    lanes.splice(found ? lanes.indexOf(found) : lanes.length, 0, lane)
    return lane
  }

  function count(lane: Lane, rows: number): void {
    lane.rows += rows
    waiting += rows
  }

  function remove(lane: Lane, unwanted: (piece: Piece) => boolean): void {
    const kept = lane.pieces.filter(piece => {
      if (!unwanted(piece)) return true
      count(lane, -piece.rows)
      return false
    })
    if (kept.length < lane.pieces.length) lane.pieces = kept
  }

  function takeFirst(lane: Lane, rows: number): Piece {
    const piece = lane.pieces[0] as Piece
    count(lane, -Math.min(rows, piece.rows))
    if (piece.rows <= rows) {
      lane.pieces.shift()
      return piece
    }
    lane.pieces[0] = { ...piece, from: piece.from + rows, rows: piece.rows - rows }
    return { ...piece, rows }
  }

  function take(maxRows: number, drop: (job: Job) => boolean): readonly Piece[] {
    const batch: Piece[] = []
    let room = maxRows
    for (const lane of lanes) {
      for (let piece = lane.pieces[0]; piece; piece = lane.pieces[0]) {
        if (piece.job.settled || drop(piece.job)) {
          takeFirst(lane, piece.rows)
          continue
        }
        const full = batch.length > 0 && (piece.alone || piece.rows > room)
        if (full) return batch
        const taken = takeFirst(lane, room)
        batch.push(taken)
        room -= taken.rows
        if (room === 0 || taken.alone) return batch
      }
    }
    return batch
  }

  return {
    rows: () => waiting,
    rowsBefore: rank => lanes.reduce((sum, lane) => (lane.rank > rank ? sum : sum + lane.rows), 0),
    push(piece) {
      const lane = laneOf(piece.job.rank)
      lane.pieces.push(piece)
      count(lane, piece.rows)
    },
    pushFirst(pieces) {
      const lane = laneOf(firstRank)
      lane.pieces = [...pieces, ...lane.pieces]
      for (const piece of pieces) count(lane, piece.rows)
    },
    take,
    shed(rank) {
      const lane = lanes.findLast(each => each.rank > rank && each.pieces.length > 0)
      const job = lane?.pieces.at(-1)?.job
      if (lane && job) remove(lane, piece => piece.job === job)
      return job
    },
    sweep(drop) {
      for (const lane of lanes) remove(lane, piece => piece.job.settled || drop(piece.job))
    },
  }
}
