import { call, key, type Schemas } from '../../api/client'
import { moment } from '../../dates'
import { act, show, toast } from '../../frame'
import { reading } from '../../reading'
import { words } from '../../words'

type Button = Schemas['CaseButton']
type Action = Schemas['Act']['action']
/** They ask for nothing: one tap does them. */
const DIRECT = new Set(['claim', 'release', 'undo'])

/** One case at the desk, in one hand: the same buttons as on the desk, each asking for what the act needs. */
Component({
  behaviors: [reading],
  data: {
    w: words.desk, undoWord: words.desk.undo, leaveWord: words.leave, id: '', story: null as Schemas['CaseStory'] | null, rows: [] as object[], log: [] as object[],
    chosen: null as Button | null, results: [] as object[], targets: [] as Schemas['Destination'][], phrases: {} as Record<string, string[]>, ready: [] as string[],
    choice: '', organisation: '', marked: [] as string[], opinion: '', busy: false, errors: {} as Record<string, string>, once: '',
  },
  methods: {
    onLoad(options: { id?: string }) {
      this.setData({ id: options.id ?? '', once: key() })
    },
    load() {
      return show(this, async () => {
        const [story, { phrases }] = await Promise.all([call('get', '/{region}/api/desk/cases/{case_id}', { path: { case_id: this.data.id } }), call('get', '/{region}/api/desk/phrases', {})])
        return { story, phrases, rows: rows(story), log: [...story.history].reverse().map((one) => ({ ...one, when: moment(one.at) })) }
      })
    },
    async choose(event: WechatMiniprogram.BaseEvent) {
      const action = event.currentTarget.dataset.action as string
      const chosen = this.data.story?.buttons.find((one) => one.action === action)
      if (!chosen) return
      if (DIRECT.has(action)) return this.send(action as Action)
      const targets = action === 'transfer' ? (await call('get', '/{region}/api/desk/cases/{case_id}/destinations', { path: { case_id: this.data.id } })).items : []
      this.setData({
        chosen, targets, results: Object.entries(chosen.choices).map(([value, label]) => ({ value, label })), ready: this.data.phrases[action] ?? [],
        choice: '', organisation: '', marked: [], errors: {},
      })
    },
    direct(event: WechatMiniprogram.BaseEvent) {
      return this.send(event.currentTarget.dataset.action as Action)
    },
    leave() {
      this.setData({ chosen: null })
    },
    write(event: WechatMiniprogram.CustomEvent<{ value: unknown }>) {
      this.setData({ [event.currentTarget.dataset.name as string]: event.detail.value })
    },
    say(event: WechatMiniprogram.BaseEvent) {
      this.setData({ opinion: `${this.data.opinion}${event.currentTarget.dataset.words as string}` })
    },
    submit() {
      return this.send(this.data.chosen?.action as Action)
    },
    /** Refused: every word stays. Done: the case as it stands now, with what may be done next. */
    async send(action: Action) {
      const { opinion, choice, organisation, marked, once, story } = this.data
      const marks = Object.fromEntries(marked.map((field) => [field, opinion.slice(0, 200)]))
      const body: Schemas['Act'] = { action, seen: story?.version ?? 0, opinion, choice, marks, organisation: organisation || null }
      if (!(await act(this, () => call('post', '/{region}/api/desk/cases/{case_id}/acts', { path: { case_id: this.data.id }, body, once })))) return
      this.setData({ chosen: null, opinion: '', once: key() })
      await this.load()
      toast(this.data.story?.history.at(-1)?.done ?? '')
    },
  },
})

function rows(story: Schemas['CaseStory']): { label: string; value: string }[] {
  const w = words.desk
  const told = [{ label: w.applicant, value: story.applicant }, { label: w.due, value: [moment(story.due_at), story.left].filter(Boolean).join(' · ') }]
  return told.filter((row) => row.value)
}
