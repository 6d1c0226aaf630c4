import { call, type Schemas } from '../../api/client'
import { go, show } from '../../frame'
import { reading } from '../../reading'
import { said, words } from '../../words'

/** 我的人才信息: the sections that the profile declares, and what each still lacks. */
Component({
  behaviors: [reading],
  data: { w: words.dossier, applyWord: words.apply.title, dossier: null as Schemas['MyDossier'] | null, places: [] as object[], inForce: '', lacks: 0, percentage: 0 },
  methods: {
    load() {
      return show(this, async () => {
        const dossier = await call('get', '/{region}/api/dossier', {})
        const needed = dossier.sections.filter((one) => one.required || one.rows)
        const whole = needed.filter((one) => one.lacks.length === 0).length
        return {
          inForce: dossier.admitted === null ? '' : said(words.dossier.inForce, { number: dossier.admitted }), dossier, lacks: needed.length - whole, percentage: needed.length ? Math.round((whole * 100) / needed.length) : 0,
          places: dossier.sections.map((one) => ({ ...one, told: told(one), state: state(one) })),
        }
      })
    },
    apply() {
      go('/pages/apply/apply')
    },
    open(event: WechatMiniprogram.BaseEvent) {
      go(`/pages/section/section?section=${event.currentTarget.dataset.section as string}`)
    },
  },
})

function told(place: Schemas['Place']): string {
  const w = words.dossier
  const filled = place.rows === 0 ? w.empty : place.repeats ? said(w.rows, { rows: place.rows }) : w.filled
  return place.required ? `${filled} · ${w.required}` : filled
}

function state(place: Schemas['Place']): string {
  const w = words.dossier
  return place.lacks.length ? said(w.lacking, { count: place.lacks.length }) : place.rows ? w.complete : w.optional
}
