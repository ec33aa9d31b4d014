/** Outputs of one partition. */
export interface OutputFile {
  readonly partition: number
  readonly path: string
}
