import type { Schemas } from '../../api/client'
import { moment } from '../../dates'

/** Never by colour alone: each stage has its mark and its word. */
const STAGES: Record<string, { mark: string; label: string }> = { done: { mark: '✓', label: '已完成' }, current: { mark: '●', label: '进行中' }, todo: { mark: '○', label: '未开始' } }

/** 办理进度: done blue, under way red, not begun black (SD-13). */
Component({
  options: { styleIsolation: 'apply-shared' },
  properties: { route: { type: Array, value: [] as Schemas['RouteStep'][] } },
  data: { steps: [] as object[] },
  observers: {
    route(route: Schemas['RouteStep'][]) {
      this.setData({ steps: route.map((step) => ({ ...step, ...(STAGES[step.stage] ?? STAGES.todo), when: moment(step.at) })) })
    },
  },
})
