export interface Fact {
  label: string
  value: string
  /** What a return found wrong with it. */
  fault?: string
}

/** Label and value, line by line. */
Component({ options: { styleIsolation: 'apply-shared' }, properties: { rows: { type: Array, value: [] as Fact[] } } })
