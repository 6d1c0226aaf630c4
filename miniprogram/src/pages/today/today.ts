import { call, type Schemas } from '../../api/client'
import { day } from '../../dates'
import { go, show } from '../../frame'
import { reading } from '../../reading'
import { words } from '../../words'

/** 今日小结: what came in, what I did, what still waits. */
Component({
  behaviors: [reading],
  data: { w: words.today, desk: words.desk, title: '', numbers: [] as object[], done: [] as object[], found: null as Schemas['Today'] | null },
  methods: {
    load() {
      return show(this, async () => {
        const [w, found] = [words.today, await call('get', '/{region}/api/desk/today', {})]
        const numbers = [{ label: w.arrived, value: found.arrived, unit: words.pieces }, { label: w.acts, value: found.acts, unit: words.acts }, { label: w.waiting, value: found.all, unit: words.pieces }]
        return { found, numbers, title: day(new Date().toISOString()), done: Object.entries(found.done).map(([label, times]) => ({ label, note: `${times} ${words.acts}` })) }
      })
    },
    todo() {
      go('/pages/desk/desk')
    },
    late() {
      go('/pages/desk/desk?which=late')
    },
    mine() {
      go('/pages/done/done')
    },
  },
})
