import { expect, test } from 'vitest'
import { lustreReader } from '../../../playbooks/lustre/from-text.ts'
import { passagesOf } from '../../../playbooks/shared/pasted/passages.ts'

// single lines of the incident and of Lustre 2.8 to 2.12; by hand where the incident has none
const ERRORS: [line: string, code: string, severity: string, next: string[]][] = [
  [
    'LustreError: 28218:0:(ldlm_resource.c:887:ldlm_resource_complain()) MGC10.1.0.202@o2ib: namespace resource [0x73666c6873:0x0:0x0].0x0 (ffff8817ed040780) refcount nonzero (1) after lock cleanup; forcing cleanup.',
    'config-lock-left',
    'warning',
    ['check lustre shlfs'],
  ],
  [
    'LustreError: 28218:0:(ldlm_resource.c:887:ldlm_resource_complain()) scratch-OST0001-osc-ffff881: namespace resource [0x2f1:0x0:0x0].0x0 (ffff8817ed040780) refcount nonzero (1) after lock cleanup; forcing cleanup.',
    'lock-left',
    'info',
    ['check lustre scratch'],
  ],
  [
    'LustreError: 166-1: MGC10.1.0.202@o2ib: Connection to MGS (at 10.1.0.202@o2ib) was lost; in progress operations using this service will fail',
    'mgs-connection-lost',
    'warning',
    [],
  ],
  [
    'LustreError: 11-0: scratch-OST0001-osc-ffff88: operation ost_write to node 10.0.0.1@tcp failed: rc = -107',
    'operation-failed',
    'warning',
    ['check lustre scratch'],
  ],
  [
    'LNetError: 2211:0:(o2iblnd_cb.c:3335:kiblnd_check_txs_locked()) Timed out tx: tx_queue, 3 seconds',
    'lnet-timeouts',
    'warning',
    [],
  ],
  ['LustreError: 99:0:(llite_lib.c:1:ll_x()) something that nobody knows', 'lustre-error', 'info', []],
]

test.each(ERRORS)('one error by itself is told for what it says: %s', (line, code, severity, next) => {
  const told = lustreReader.read(passagesOf(line), Date.parse('2026-11-20'))
  expect(told.findings.map((finding) => [finding.code, finding.severity])).toEqual([[code, severity]])
  expect(told.next.map(({ command }) => command)).toEqual(next)
})
