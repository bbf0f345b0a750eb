/**
 * Prints attributes below a folder of sysfs or configfs, line by line with their file names (`FILE:VALUE`). find starts
 * grep itself, no shell. `where`: further words for find before the names, such as `-mindepth 2`; `follow`: through symlinks.
 */
export function attributesArgv(
  folder: string,
  names: readonly string[],
  { where, follow = false }: { where: readonly string[]; follow?: boolean },
): [string, ...string[]] {
  return [
    'find',
    ...(follow ? ['-L'] : []),
    folder,
    ...where,
    '(',
    ...names.flatMap((name, at) => (at === 0 ? ['-name', name] : ['-o', '-name', name])),
    ')',
    '-exec',
    'grep',
    '-H',
    '^',
    '{}',
    '+',
  ]
}

/** Levels below the folder at which attributes stand. */
export const levels = (least: number, most: number) => ['-mindepth', String(least), '-maxdepth', String(most)]
