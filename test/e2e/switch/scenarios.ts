import * as own from '../../../playbooks/scenarios.ts'
import type { Scenario } from '../../../playbooks/shared/scenario.ts'
import { switchScenario } from '../../jobs/switch-playbook.ts'

// stands where playbooks/scenarios.ts stands, see hook.ts
export const scenarios = [...own.scenarios, switchScenario as Scenario]
