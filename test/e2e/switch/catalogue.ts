import * as own from '../../../playbooks/catalogue.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import type { Scenario } from '../../../playbooks/shared/scenario.ts'
import { switchPlaybook, switchScenario } from '../../jobs/switch-playbook.ts'

// stands where playbooks/catalogue.ts stands, see hook.ts
export const catalogue = [...own.catalogue, switchPlaybook as Playbook]
export const scenarios = [...own.scenarios, switchScenario as Scenario]
