/** How pages come by what they show: one way for those that only show, one for those on which somebody fills something in. */
import type { Values } from './forms'
import { frame, type Frame } from './frame'
import { isLarge } from './kept'

interface Loads {
  data: Frame
  setData(data: Record<string, unknown>): void
  load(): Promise<unknown>
}

/** Asked for when it is opened, whenever one comes back to it, when it is pulled down, and when the network is there again. */
export const reading = Behavior({
  data: frame(),
  methods: {
    onShow() {
      return (this as unknown as Loads).load()
    },
    async onPullDownRefresh() {
      await (this as unknown as Loads).load()
      wx.stopPullDownRefresh()
    },
  },
})

/** Asked for once: who comes back, from the login above all, finds everything that she typed as it was. */
export const filling = Behavior({
  data: { ...frame(), busy: false, errors: {} as Record<string, string> },
  methods: {
    onShow() {
      const page = this as unknown as Loads
      if (!page.data.loaded) return page.load()
      return page.setData({ large: isLarge(), problem: null })
    },
  },
})

/** As `filling`, but what is lacking and marked is asked anew whenever one comes back from mending it; what was typed here stays. */
export const mending = Behavior({
  data: { ...frame(), busy: false, errors: {} as Record<string, string>, values: {} as Values },
  methods: {
    async onShow() {
      const page = this as unknown as Loads & { data: { values: Values } }
      const typed = page.data.loaded ? page.data.values : null
      await page.load()
      if (typed) page.setData({ values: typed })
    },
  },
})

/** The network is there again: the page that waits for it asks anew. */
export function askAgain(): void {
  const page = getCurrentPages().at(-1) as unknown as Partial<Loads> | undefined
  if (page?.data?.problem?.again && !page.data.loaded) void page.load?.()
}
