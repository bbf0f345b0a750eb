import * as own from '../../../playbooks/catalogue.ts'
import { switchPlaybook } from '../../jobs/switch-playbook.ts'
import { listed } from '../../playbooks/listed.ts'

// stands where playbooks/catalogue.ts stands, see hook.ts
export const catalogue = [...own.catalogue, listed(switchPlaybook)]
