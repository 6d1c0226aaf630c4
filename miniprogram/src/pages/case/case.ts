import { call, key, type Schemas } from '../../api/client'
import { moment } from '../../dates'
import { act, go, show, toast } from '../../frame'
import { reading } from '../../reading'
import { words } from '../../words'

type Story = Schemas['CaseStory']
const THEMES: Record<string, string> = { completed: 'primary', handling: 'danger', returned: 'warning', rejected: 'warning' }

/** One case: who has it now, by when, all that was said, and what the applicant may do. */
Component({
  behaviors: [reading],
  data: {
    w: words.case, correctWord: words.request.correct, againWord: words.request.resubmit, dossierWord: words.account.dossier, id: '', story: null as Story | null, theme: '', standing: '', due: '', returnedWords: '', faults: [] as object[], history: [] as object[],
    can: {} as Record<string, boolean>, text: '', busy: false, errors: {} as Record<string, string>, once: '',
  },
  methods: {
    onLoad(options: { id?: string }) {
      this.setData({ id: options.id ?? '', once: key() })
    },
    load() {
      return show(this, async () => told(await call('get', '/{region}/api/bookings/{case_id}', { path: { case_id: this.data.id } })))
    },
    write(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ text: event.detail.value })
    },
    correct() {
      go(`/pages/request/request?case=${this.data.id}`)
    },
    dossier() {
      go('/pages/dossier/dossier')
    },
    /** What was applied for goes back as it was, with the sections as they stand now. */
    answer() {
      const form = this.data.story?.values ?? {}
      return this.done(words.case.resubmitted, (path, once, seen) => call('post', '/{region}/api/bookings/{case_id}/answer', { path, body: { seen, form }, once }))
    },
    call() {
      wx.makePhoneCall({ phoneNumber: this.data.story?.organisation_phone ?? '' })
    },
    rate(event: WechatMiniprogram.CustomEvent<Schemas['Stars']>) {
      return this.done(words.case.thanks, (path, once) => call('post', '/{region}/api/bookings/{case_id}/rating', { path, body: event.detail, once }))
    },
    supplement() {
      return this.done(words.case.supplemented, (path, once, seen) => call('post', '/{region}/api/bookings/{case_id}/supplement', { path, body: { seen, words: this.data.text }, once }))
    },
    async withdraw() {
      const asked = await wx.showModal({ title: words.case.withdraw, content: `${words.case.withdrawSure}${this.data.story?.subject ?? ''}？`, editable: true, placeholderText: words.case.withdrawWhy })
      if (!asked.confirm) return
      const reason = (asked as { content?: string }).content ?? ''
      await this.done(words.case.withdrawn, (path, once, seen) => call('post', '/{region}/api/bookings/{case_id}/withdraw', { path, body: { seen, reason }, once }))
    },
    /** One act, once; whether done or refused because somebody was faster, the page shows how it stands now. */
    async done(flash: string, work: (path: { case_id: string }, once: string, seen: number) => Promise<unknown>) {
      if (!(await act(this, () => work({ case_id: this.data.id }, this.data.once, this.data.story?.version ?? 0)))) return
      toast(flash)
      this.setData({ once: key(), text: '' })
      await this.load()
    },
  },
})

function told(story: Story): Record<string, unknown> {
  const may = new Set(story.buttons.map((one) => one.action))
  const returned = story.state === 'returned' ? [...story.history].reverse().find((one) => one.action === 'return') : undefined
  return {
    story, theme: THEMES[story.state] ?? 'default', standing: standing(story), due: moment(story.due_at), returnedWords: returned?.opinion ?? '',
    faults: story.state === 'returned' ? story.form.filter((one) => one.fault) : [],
    history: [...story.history].reverse().map((one) => ({ ...one, when: moment(one.at) })),
    can: { resubmit: may.has('resubmit') && story.service_id !== null, answer: may.has('resubmit') && story.service_id === null, supplement: may.has('supplement'), withdraw: may.has('withdraw'), rate: story.to_rate },
  }
}

function standing(story: Story): string {
  const w = words.case
  if (story.state === 'handling') return `${story.organisation}${w.handling}${story.step}`
  if (story.state === 'returned') return `${story.organisation}${w.returned}`
  if (story.state === 'held') return w.held
  return story.state === 'rejected' ? w.rejected : ''
}
