import type { Schemas } from '../../api/client'
import { moment } from '../../dates'
import { words } from '../../words'

/** Never by colour alone: each stage has its mark and its word. */
const STAGES: Record<string, { mark: string; label: string }> = {
  done: { mark: '✓', label: words.stages.done }, current: { mark: '●', label: words.stages.current }, todo: { mark: '○', label: words.stages.todo },
  waiting: { mark: '●', label: words.stages.waiting }, paused: { mark: '●', label: words.stages.paused },
}

/** 办理进度: done blue, under way red, at rest violet, not begun black (SD-13). `mine`: who reads it is the applicant, for whom a return waits. */
Component({
  options: { styleIsolation: 'apply-shared' },
  properties: { route: { type: Array, value: [] as Schemas['RouteStep'][] }, mine: Boolean },
  data: { steps: [] as object[] },
  observers: {
    'route, mine'(route: Schemas['RouteStep'][], mine: boolean) {
      this.setData({ steps: route.map((step) => ({ ...step, ...(STAGES[step.stage] ?? STAGES.todo), ...(step.stage === 'waiting' && !mine ? { label: words.waitingForApplicant } : {}), when: step.stage === 'done' ? moment(step.at) : '' })) })
    },
  },
})
