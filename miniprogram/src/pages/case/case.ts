import { call, key, type Schemas } from '../../api/client'
import { moment } from '../../dates'
import { lookAtPaper } from '../../files'
import { act, go, show, toast } from '../../frame'
import { reading } from '../../reading'
import { said, words } from '../../words'

type Story = Schemas['CaseStory']
const THEMES: Record<string, string> = { completed: 'primary', handling: 'danger', returned: 'warning', rejected: 'warning' }
/** What the applicant did herself; the rest is told with the organisation that did it. */
const HERS = new Set(['submit', 'withdraw', 'resubmit'])

/** One case: who has it now, by when, what comes next, all that was said, and what the applicant may do. */
Component({
  behaviors: [reading],
  data: {
    w: words.case, correctWord: words.request.correct, leaveWord: words.leave, id: '', story: null as Story | null, theme: '', standing: '', next: '', due: '', returnedWords: '', faults: [] as object[],
    history: [] as object[], can: {} as Record<string, boolean>, sure: '', callWord: '', warning: '', withdrawWord: '', withdrawing: false, reason: '', text: '', busy: false, errors: {} as Record<string, string>, once: '',
  },
  methods: {
    onLoad(options: { id?: string }) {
      this.setData({ id: options.id ?? '', once: key() })
    },
    load() {
      return show(this, async () => told(await call('get', '/{region}/api/bookings/{case_id}', { path: { case_id: this.data.id } })))
    },
    write(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ [event.currentTarget.dataset.name as string]: event.detail.value })
    },
    /** A booking is corrected on its own form; what was applied for where its marks and its sections are. */
    correct() {
      go(this.data.story?.service_id ? `/pages/request/request?case=${this.data.id}` : `/pages/answer/answer?case=${this.data.id}`)
    },
    again() {
      go(`/pages/service/service?id=${this.data.story?.service_id ?? ''}`)
    },
    print() {
      return lookAtPaper(this.data.id)
    },
    call() {
      wx.makePhoneCall({ phoneNumber: this.data.story?.organisation_phone ?? '' })
    },
    rate(event: WechatMiniprogram.CustomEvent<Schemas['Stars']>) {
      return this.done(words.case.thanks, (path, once) => call('post', '/{region}/api/bookings/{case_id}/rating', { path, body: event.detail, once }))
    },
    supplement() {
      return this.done(said(words.case.supplemented, { office: this.data.story?.organisation ?? '' }), (path, once, seen) => call('post', '/{region}/api/bookings/{case_id}/supplement', { path, body: { seen, words: this.data.text }, once }))
    },
    /** Asks first, and why. */
    ask() {
      this.setData({ withdrawing: !this.data.withdrawing })
    },
    withdraw() {
      const flash = said(words.case.withdrawn, { kind: kindOf(this.data.story) })
      return this.done(flash, (path, once, seen) => call('post', '/{region}/api/bookings/{case_id}/withdraw', { path, body: { seen, reason: this.data.reason }, once }))
    },
    /** One act, once; whether done or refused because somebody was faster, the page shows how it stands now. */
    async done(flash: string, work: (path: { case_id: string }, once: string, seen: number) => Promise<unknown>) {
      if (!(await act(this, () => work({ case_id: this.data.id }, this.data.once, this.data.story?.version ?? 0)))) return
      toast(flash)
      this.setData({ once: key(), text: '', reason: '', withdrawing: false })
      await this.load()
    },
  },
})

function kindOf(story: Story | null): string {
  return story?.service_id ? words.case.booking : words.case.application
}

/** Who can be called about it. */
function calledOf(story: Story): string {
  return story.service_id ? words.case.windowWord : words.case.reviewer
}

function told(story: Story): Record<string, unknown> {
  const may = new Set(story.buttons.map((one) => one.action))
  const returned = story.state === 'returned'
  const kind = kindOf(story)
  return {
    story, theme: THEMES[story.state] ?? 'default', standing: standing(story), next: next(story), due: moment(story.due_at),
    returnedWords: returned ? [...story.history].reverse().find((one) => one.action === 'return')?.opinion ?? '' : '', faults: returned ? faults(story) : [],
    history: [...story.history].reverse().map((one) => ({ ...one, when: moment(one.at), who: one.organisation || (HERS.has(one.action) ? words.case.self : '') })),
    can: {
      correct: may.has('resubmit') && (returned || !story.service_id), supplement: may.has('supplement'), withdraw: may.has('withdraw'), rate: story.to_rate,
      again: story.service_id !== null && (story.state === 'rejected' || story.state === 'withdrawn'), print: story.service_id === null && story.state === 'completed',
    },
    callWord: `${words.call}${calledOf(story)}`, withdrawWord: `${words.case.withdraw}${kind}`, sure: said(words.case.withdrawSure, { kind }), warning: story.service_id ? words.case.withdrawBooking : words.case.withdrawApplication,
  }
}

/** Everything that the return found wrong: of the registration, of the form, of the sections. */
function faults(story: Story): { field: string; label: string; fault: string }[] {
  const { registered, parts } = story.submitted
  const inParts = parts.flatMap((part) => part.rows.flatMap((row) => row.fields.map((one) => {
    const where = part.repeats ? `${part.name} ${said(words.submitted.row, { number: row.number })}` : part.name
    return { field: one.field, fault: one.fault ?? '', label: `${where} · ${one.label}` }
  })))
  return [...registered, ...story.form, ...inParts].map(({ field, label, fault }) => ({ field, label, fault: fault ?? '' })).filter((one) => one.fault)
}

function standing(story: Story): string {
  const w = words.case
  const office = story.organisation
  if (story.state === 'handling') return `${office}${w.handling}${story.step}`
  if (story.state === 'returned') return `${office}${w.returned}`
  if (story.state === 'held') return w.held
  if (story.state === 'completed') return `${story.result ? `${w.result}${story.result}。` : ''}${said(w.completed, { office })}`
  return story.state === 'rejected' ? said(w.rejected, { called: calledOf(story) }) : said(w.nowWithdrawn, { kind: kindOf(story) })
}

/** What comes next, and whether she has to do something about it. */
function next(story: Story): string {
  const w = words.case
  const named = { step: story.step, office: story.organisation, next: story.next_step, called: calledOf(story) }
  if (story.state === 'returned') return said(w.nextReturned, named)
  if (story.state === 'completed') return story.to_rate ? w.nextRate : ''
  if (story.state !== 'handling') return ''
  if (story.light === 'late') return said(w.nextLate, named)
  return `${story.next_step ? said(w.nextStep, named) : w.lastStep}${w.nothing}${story.next_step ? w.news : w.outcome}${w.told}`
}
