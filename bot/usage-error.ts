/** Something the person at the terminal has to mend; ends with exit code 2. */
export class UsageError extends Error {
  readonly code = 'usage'
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UsageError'
  }
}
