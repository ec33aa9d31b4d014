/** Whether a process with this id runs; one of another user counts too. Says nothing of whether it is the same one as before. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
