import { call, key, type Schemas } from '../../api/client'
import { moment } from '../../dates'
import { act, show, toast } from '../../frame'
import { reading } from '../../reading'
import { said, words } from '../../words'

type Story = Schemas['CaseStory']
type Button = Schemas['CaseButton']
type Action = Schemas['Act']['action']
/** What is done here; every other act asks for what only the desk can show. The compiler sees to it that the product takes each. */
const DONE_HERE: Record<Action, true> = { claim: true, release: true, approve: true, complete: true, return: true, reject: true, transfer: true, supplement: true, remind: true, bind: true, confirm_paper: true, undo: true }
/** They ask for nothing: one tap does them. */
const DIRECT = new Set(['claim', 'release', 'confirm_paper', 'undo'])
/** More organisations than these are looked for by name. */
const FEW_TARGETS = 12
const LONGEST_MARK = 200

/** One case at the desk, in one hand: what was submitted, and the same buttons as on the desk, each asking for what the act needs. */
Component({
  behaviors: [reading],
  data: {
    w: words.desk, undoWord: words.desk.undo, leaveWord: '', id: '', story: null as Story | null, rows: [] as object[], log: [] as object[], looking: '', changes: '', paper: '',
    buttons: [] as Button[], atDesk: '', flash: '', nextId: '',
    chosen: null as Button | null, opinionLabel: '', opinionHint: '', longest: 1000, results: [] as object[], targets: [] as Schemas['Destination'][], offered: [] as Schemas['Destination'][], many: false, sought: '', people: [] as object[], person: '',
    phrases: {} as Record<string, string[]>, ready: [] as string[], undoable: '', undoLeft: 0, timer: 0,
    choice: '', organisation: '', marked: [] as string[], opinion: '', busy: false, errors: {} as Record<string, string>, once: '',
  },
  methods: {
    onLoad(options: { id?: string }) {
      this.setData({ id: options.id ?? '', once: key() })
    },
    onHide() {
      this.stop()
    },
    onUnload() {
      this.stop()
    },
    stop() {
      clearInterval(this.data.timer)
    },
    async load() {
      this.stop()
      await show(this, async () => {
        const [story, { phrases }] = await Promise.all([call('get', '/{region}/api/desk/cases/{case_id}', { path: { case_id: this.data.id } }), call('get', '/{region}/api/desk/phrases', {})])
        return { story, phrases, ...told(story) }
      })
      if (this.data.undoLeft) this.data.timer = setInterval(() => this.run(), 1_000) as unknown as number
    },
    /** So long what was just done may be taken back. */
    run() {
      this.setData({ undoLeft: this.data.undoLeft - 1 })
      if (this.data.undoLeft <= 0) this.stop()
    },
    async choose(event: WechatMiniprogram.BaseEvent) {
      const action = event.currentTarget.dataset.action as string
      const chosen = this.data.story?.buttons.find((one) => one.action === action)
      if (!chosen) return
      if (DIRECT.has(action)) return this.send(action as Action)
      const path = { case_id: this.data.id }
      const people = action === 'bind' ? (await call('get', '/{region}/api/desk/cases/{case_id}/specialists', { path })).items.map((one) => ({ ...one, note: said(words.desk.bound, { count: one.bound }) })) : []
      const targets = action === 'transfer' ? (await call('get', '/{region}/api/desk/cases/{case_id}/destinations', { path })).items : []
      this.setData({
        chosen, leaveWord: said(words.desk.leave, { label: chosen.label }), ...asking(chosen, this.data.story?.internal === true), people, person: '', targets, offered: targets, many: targets.length > FEW_TARGETS, sought: '',
        results: Object.entries(chosen.choices).map(([value, label]) => ({ value, label })), ready: this.data.phrases[action] ?? [], choice: '', organisation: '', marked: [], errors: {},
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
    seek(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      const sought = event.detail.value.trim()
      this.setData({ sought: event.detail.value, offered: this.data.targets.filter((one) => one.name.includes(sought)) })
    },
    /** Fields of the form and of the registration; those of the sections stay as they are. */
    tick(event: WechatMiniprogram.CustomEvent<{ value: string[] }>) {
      const { form = [], submitted } = this.data.story ?? {}
      const here = new Set([...form, ...(submitted?.registered ?? [])].map((one) => one.field))
      this.setData({ marked: [...this.data.marked.filter((one) => !here.has(one)), ...event.detail.value] })
    },
    mark(event: WechatMiniprogram.CustomEvent<{ marked: string[] }>) {
      this.setData({ marked: event.detail.marked })
    },
    say(event: WechatMiniprogram.BaseEvent) {
      this.setData({ opinion: `${this.data.opinion}${event.currentTarget.dataset.words as string}` })
    },
    submit() {
      return this.send(this.data.chosen?.action as Action)
    },
    /** Refused: every word stays. Done: the case as it stands now, with what may be done next. */
    async send(action: Action) {
      const { opinion, choice, organisation, person, marked, once, story } = this.data
      const marks = Object.fromEntries(marked.map((field) => [field, opinion.slice(0, LONGEST_MARK)]))
      const body: Schemas['Act'] = { action, seen: story?.version ?? 0, opinion, choice, marks, organisation: organisation || null, person: person || null }
      if (!(await act(this, () => call('post', '/{region}/api/desk/cases/{case_id}/acts', { path: { case_id: this.data.id }, body, once })))) return
      this.setData({ chosen: null, opinion: '', choice: '', organisation: '', person: '', marked: [], once: key() })
      await this.load()
      toast(this.data.story?.history.at(-1)?.done ?? '')
      if (!DIRECT.has(action)) await this.after()
    },
    /** Who handles two hundred a day goes straight on to the most urgent other one. */
    async after() {
      const { story } = this.data
      if (!story) return
      const waiting = await call('get', '/{region}/api/desk/todo', { query: { page_size: 2 } }).then((found) => found.items, () => [])
      this.setData({ flash: outcome(story), nextId: waiting.find((one) => one.id !== story.id)?.id ?? '' })
    },
    next() {
      wx.redirectTo({ url: `/pages/desk-case/desk-case?id=${this.data.nextId}` })
    },
  },
})

function told(story: Story): Record<string, unknown> {
  const w = words.desk
  const { submitted } = story
  const completes = (one: Button): boolean => one.action === 'supplement' && submitted.parts.length > 0 // row by row, in the sections
  const here = story.buttons.filter((one) => one.action in DONE_HERE && !completes(one))
  const buttons = here.filter((one) => one.action !== 'confirm_paper' || (submitted.paper.length > 0 && !submitted.paper_confirmed))
  const elsewhere = story.buttons.filter((one) => !here.includes(one)).map((one) => one.label)
  return {
    rows: rows(story), buttons, atDesk: elsewhere.length ? `${words.atDesk}${elsewhere.join('、')}` : '', looking: story.looking.length ? `${story.looking.join('、')} ${w.looking}` : '',
    changes: submitted.compared ? (submitted.changes ? said(w.changes, { count: submitted.changes }) : w.same) : '', paper: submitted.paper.length ? `${w.paper}${submitted.paper_confirmed ? w.paperConfirmed : ''}` : '',
    undoLeft: story.undo_seconds, undoable: story.history.at(-1)?.done ?? '',
    log: [...story.history].reverse().map((one) => ({ ...one, when: moment(one.at) })),
  }
}

function rows(story: Story): { label: string; value: string }[] {
  const w = words.desk
  const { person, unit, why, login } = story.submitted
  const handling = story.state === 'handling'
  const all = [
    { label: story.internal ? w.rater : w.applicant, value: story.applicant }, { label: w.person, value: person }, { label: w.unit, value: unit }, ...(login ? [login] : []),
    { label: w.due, value: [moment(story.due_at), story.left].filter(Boolean).join(' · ') }, { label: w.why, value: handling ? why : '' },
  ]
  return all.filter((row) => row.label && row.value)
}

/** What the opinion of an act is called, who reads it, and how long it may be. */
function asking(chosen: Button, internal: boolean): { opinionLabel: string; opinionHint: string; longest: number } {
  const w = words.desk
  const reasons: Record<string, string> = w.reasons
  const remind = chosen.action === 'remind'
  const unseen = internal && (chosen.action === 'approve' || chosen.action === 'complete')
  return { opinionLabel: reasons[chosen.action] ?? `${chosen.label}${w.opinion}`, opinionHint: remind ? w.remindHint : unseen ? w.colleaguesOnly : w.visible, longest: remind ? 200 : 1000 }
}

/** Where the case is now that the act is done. */
function outcome(story: Story): string {
  const w = words.desk
  if (story.state !== 'handling') return `${story.number} ${w.over}${story.internal ? '。' : w.told}`
  return story.buttons.some((one) => one.action === 'approve' || one.action === 'complete') ? said(w.goesOn, { step: story.step }) : said(w.elsewhere, { office: story.organisation })
}
