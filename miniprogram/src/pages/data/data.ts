import { call, type Schemas } from '../../api/client'
import { moment } from '../../dates'
import { lookAtCopy } from '../../files'
import { act, go, show } from '../../frame'
import { reading } from '../../reading'
import { words } from '../../words'

/** A copy is written within seconds. */
const ASK_EVERY = 3_000
/** What a phone can open; the data file is for a computer. */
const READABLE = 'mine.pdf'

/** 我的数据: a copy of everything that is kept of her, who looked at it, and the way to close the account. */
Component({
  behaviors: [reading],
  data: { w: words.data, copies: [] as object[], looked: [] as Schemas['Looked'][], mayLeave: false, busy: false, errors: {}, timer: 0 },
  methods: {
    onHide() {
      clearTimeout(this.data.timer)
    },
    onUnload() {
      clearTimeout(this.data.timer)
    },
    load() {
      clearTimeout(this.data.timer)
      return show(this, async () => {
        const found = await call('get', '/{region}/api/me/data', {})
        if (found.copies.some((one) => one.open)) this.data.timer = setTimeout(() => void this.load(), ASK_EVERY) as unknown as number
        return { looked: found.looked, mayLeave: found.may_leave, copies: found.copies.map((one) => ({ ...one, when: moment(one.made_at), opens: one.ready && one.kind === READABLE })) }
      })
    },
    async order() {
      if (await act(this, () => call('post', '/{region}/api/me/data/copies', { body: { kind: READABLE } }))) await this.load()
    },
    open(event: WechatMiniprogram.BaseEvent) {
      return lookAtCopy(event.currentTarget.dataset.id as string)
    },
    leave() {
      go('/pages/closing/closing')
    },
  },
})
