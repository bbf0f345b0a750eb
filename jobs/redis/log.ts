/** Where the Redis ladder says what it does; a pino logger fits. */
export type Log = { info(message: string): void; warn(message: string): void }
