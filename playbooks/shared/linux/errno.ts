/** What a Linux error number is called, and what it means where storage reports it. Source: errno(3), asm-generic/errno.h. */
const NAMES: Record<string, readonly [name: string, meaning: string]> = {
  '1': ['EPERM', 'not permitted'],
  '2': ['ENOENT', 'no such thing there'],
  '4': ['EINTR', 'interrupted'],
  '5': ['EIO', 'input/output error'],
  '6': ['ENXIO', 'no such device or address'],
  '11': ['EAGAIN', 'not now, try again'],
  '12': ['ENOMEM', 'out of memory'],
  '13': ['EACCES', 'permission denied'],
  '16': ['EBUSY', 'busy'],
  '17': ['EEXIST', 'exists already'],
  '19': ['ENODEV', 'the device or service is not there'],
  '20': ['ENOTDIR', 'not a directory'],
  '22': ['EINVAL', 'invalid argument'],
  '28': ['ENOSPC', 'no space left'],
  '30': ['EROFS', 'read-only'],
  '37': ['ENOLCK', 'no locks available'],
  '61': ['ENODATA', 'no data'],
  '62': ['ETIME', 'timer expired'],
  '71': ['EPROTO', 'protocol error'],
  '90': ['EMSGSIZE', 'message too long'],
  '95': ['EOPNOTSUPP', 'not supported'],
  '100': ['ENETDOWN', 'the network is down'],
  '101': ['ENETUNREACH', 'the network cannot be reached'],
  '103': ['ECONNABORTED', 'connection aborted'],
  '104': ['ECONNRESET', 'connection reset by the other side'],
  '107': ['ENOTCONN', 'not connected'],
  '108': ['ESHUTDOWN', 'the connection was shut down'],
  '110': ['ETIMEDOUT', 'no answer in time'],
  '111': ['ECONNREFUSED', 'connection refused'],
  '112': ['EHOSTDOWN', 'the host is down'],
  '113': ['EHOSTUNREACH', 'no route to the host'],
  '114': ['EALREADY', 'already under way'],
  '115': ['EINPROGRESS', 'now under way'],
  '116': ['ESTALE', 'stale file handle'],
  '122': ['EDQUOT', 'quota exceeded'],
  '125': ['ECANCELED', 'cancelled'],
  '512': ['ERESTARTSYS', 'interrupted by a signal'],
}

/** `-5` → `{ code: '-5', name: 'EIO', meaning }`; undefined for a number that is not in the list. */
export function errnoOf(number: string): { code: string; name: string; meaning: string } | undefined {
  const known = NAMES[number.replace(/^-/, '')]
  return known && { code: number, name: known[0], meaning: known[1] }
}
