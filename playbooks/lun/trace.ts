import { DEBUG_CONTROL, type DebugSite, SCST } from './scst.ts'

export const TRACE_LEVEL = `${SCST}/trace_level`

/** What makes SCST log reservations and who was refused: persistent ones, and statuses. Source: scst_sysfs.c. */
const TOKENS = ['scsi', 'pr']
/** Print, with the function, the line and the thread: the incident's own choice. */
export const FLAGS = 'lptf'

/** What has to be added to the trace level; none: it is all on already. */
export const addedTokens = (level: readonly string[]) => TOKENS.filter((token) => !level.includes(token))

/** Sites that print nothing yet. */
export const silentSites = (sites: readonly DebugSite[]) => sites.filter(({ flags }) => !flags.includes('p'))

/** One line of dynamic debug's language: exactly this place. */
const queryOf = ({ file, line, func }: DebugSite, change: string) =>
  `file ${file} func ${func} line ${line} ${change}`

export const onLines = (sites: readonly DebugSite[]) =>
  silentSites(sites).map((site) => queryOf(site, `+${FLAGS}`))
/** `=` and no flag switches off, in every kernel. */
export const backLines = (sites: readonly DebugSite[]) => sites.map((site) => queryOf(site, `=${site.flags}`))

/**
 * Writes lines to one of two switches of the kernel, one write each, as these files want it. Perl, because it is part of every
 * Linux server; the text never varies, all that does comes as arguments. Exit 3: refused, nothing was written; 4: stopped on the way.
 */
const WRITE = `use strict; use warnings; use Fcntl;
my ($file, @lines) = @ARGV;
my %may = map { $_ => 1 } ('${TRACE_LEVEL}', '${DEBUG_CONTROL}');
sub refuse { print STDERR "refused: @_\\n"; exit 3 }
refuse("$file is no switch of SCST") unless $may{$file};
refuse("a line with a line break") if grep { /[\\r\\n]/ } @lines;
for my $line (@lines) {
  sysopen(my $switch, $file, O_WRONLY) or refuse("$file: $!");
  my $wrote = syswrite($switch, "$line\\n");
  unless (defined $wrote and $wrote == length($line) + 1) { print STDERR "not written: $line: $!\\n"; exit 4 }
  close($switch) or do { print STDERR "not written: $line: $!\\n"; exit 4 };
}
print "written ", scalar(@lines), "\\n";
`

/** Argv that writes these lines to a switch. */
export function writeArgv(file: string, lines: readonly string[]): readonly [string, ...string[]] {
  return ['perl', '-e', WRITE, '--', file, ...lines]
}

/** The same as people write it. */
export const shownWrite = (file: string, lines: readonly string[]) =>
  lines.map((line) => `echo "${line}" > ${file}`)

/** Sites in one line of text, for the record: `FILE:LINE FUNC FLAGS` each. */
export const sitesText = (sites: readonly DebugSite[]) =>
  sites.map(({ file, line, func, flags }) => `${file}:${line} ${func} =${flags}`).join('; ')

const SITE = /^(\S+):(\d+) (\w+) =([a-z]*)$/

/** What sitesText wrote; undefined: it is not that. */
export function sitesFrom(text: string): DebugSite[] | undefined {
  if (text === '') return []
  const sites = text.split('; ').map((part) => SITE.exec(part))
  if (sites.some((site) => site === null)) return undefined
  return sites.map((site) => ({ file: site![1]!, line: site![2]!, func: site![3]!, flags: site![4]! }))
}
