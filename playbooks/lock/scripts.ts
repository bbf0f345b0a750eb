// Both checks and the change happen in one process, so that nothing can be exchanged in between that this process
// would not notice. Perl, because it is part of every Debian, Ubuntu and Red Hat server; the text never varies, all
// that does comes as arguments.

/**
 * Walks to the folder one part at a time, accepting folders only; compares device and inode; takes the new name with
 * O_EXCL, so that nothing of others is overwritten; renames. Removes nothing. Exit 3: refused, nothing was touched.
 */
export const RENAME = `use strict; use warnings; use Fcntl qw(:DEFAULT :mode);
my ($from, $to, $device, $inode) = @ARGV;
sub refuse { print STDERR "refused: @_\\n"; exit 3 }
my ($folder, $name) = $from =~ m{\\A(.*)/([^/]+)\\z}s or refuse("not a path");
my ($beside, $new) = $to =~ m{\\A(.*)/([^/]+)\\z}s or refuse("not a path");
refuse("not beside the file") if $beside ne $folder or $new eq $name;
chdir('/') or refuse("/: $!");
for my $part (grep { length } split m{/}, $folder) {
  refuse("a part of the path is . or ..") if $part eq '.' or $part eq '..';
  my @named = lstat($part) or refuse("$part: $!");
  refuse("$part is not a folder; a symlink in the path is not followed") unless S_ISDIR($named[2]);
  chdir($part) or refuse("$part: $!");
  my @here = stat('.') or refuse("$part: $!");
  refuse("$part was exchanged meanwhile") unless "$here[0]:$here[1]" eq "$named[0]:$named[1]";
}
sub same { my @is = lstat($_[0]); @is && S_ISREG($is[2]) && "$is[0]:$is[1]" eq "$device:$inode" }
my @is = lstat($name) or refuse("$name: $!");
refuse("$name is not a regular file") unless S_ISREG($is[2]);
refuse("$name is $is[0]:$is[1] now, approved was $device:$inode") unless same($name);
sysopen(my $place, $new, O_WRONLY | O_CREAT | O_EXCL, 0600) or refuse("$new: $!");
unless (same($name) && rename($name, $new)) { print STDERR "not renamed: $!; an empty $new was left\\n"; exit 4 }
unless (same($new)) { print STDERR "$new is not the file that was approved; it was exchanged at the last moment\\n"; exit 5 }
print "renamed\\n";
`

/** Compares the client's id and address and writes `expire` to its ctl file, which returns when it is done. Exit 3: refused. */
export const EXPIRE = `use strict; use warnings; use Fcntl;
my ($folder, $id, $address) = @ARGV;
sub refuse { print STDERR "refused: @_\\n"; exit 3 }
open(my $info, '<', "$folder/info") or refuse("the client is gone: $!");
my @lines = <$info>; close($info);
my ($is) = map { /^clientid: (\\S+)$/ ? $1 : () } @lines;
my ($at) = map { /^address: "?\\[?(.*?)\\]?(?::\\d+)?"?$/ ? $1 : () } @lines;
refuse("it is another client now: " . ($is // '?')) unless defined $is and $is eq $id;
refuse("it has another address now: " . ($at // '?')) unless defined $at and $at eq $address;
sysopen(my $ctl, "$folder/ctl", O_WRONLY) or refuse("ctl: $!");
my $wrote = syswrite($ctl, "expire\\n");
unless (defined $wrote and $wrote == 7) { print STDERR "not expired: $!\\n"; exit 4 }
print "expired\\n";
`

type Rename = { from: string; to: string; device: string; ino: string }

/** Renames one file beside itself, if it still is this device (as stat numbers it) and inode. */
export function renameArgv({ from, to, device, ino }: Rename): readonly [string, ...string[]] {
  return ['perl', '-e', RENAME, '--', from, to, device, ino]
}

/** Expires one NFSv4 client of this server, if it still is the same one. `base` is for tests. */
export function expireArgv(
  { number, clientId, address }: { number: string; clientId: string; address: string },
  base = '/proc/fs/nfsd/clients',
): readonly [string, ...string[]] {
  return ['perl', '-e', EXPIRE, '--', `${base}/${number}`, clientId, address]
}
