import { call, type Schemas } from '../../api/client'
import { go, show, TABS } from '../../frame'
import { logOut } from '../../login'
import { reading } from '../../reading'
import { words } from '../../words'

interface Cell {
  title: string
  note: string
  url: string
}

/** 我的: the card, and the ways to everything that is one's own. */
Component({
  behaviors: [reading],
  data: { w: words.account, logOutWord: words.settings.logOut, me: null as Schemas['Me'] | null, cells: [] as Cell[] },
  methods: {
    load() {
      return show(this, async () => {
        const [here, me] = await Promise.all([call('get', '/{region}/api/region', {}), call('get', '/{region}/api/me', {})])
        return { me, cells: cells(me, here), logOutWord: here.log_out }
      })
    },
    open(event: WechatMiniprogram.BaseEvent) {
      go(event.currentTarget.dataset.url as string)
    },
    openCard() {
      go('/pages/card/card')
    },
    async logOut() {
      await logOut()
      this.setData({ me: null })
      go(TABS[0])
    },
  },
})

function cells(me: Schemas['Me'], here: Schemas['Here']): Cell[] {
  const w = words.account
  const cell = (title: string, page: string, note = ''): Cell => ({ title, note, url: page === 'cases' ? TABS[1] : `/pages/${page}/${page}` })
  const talent = me.kind === 'talent'
  const carded = talent && (here.issues_cards || me.card !== null || me.standing !== null)
  return [
    ...(me.confirmed ? [] : [cell(words.confirm.title, 'confirm', words.confirm.first)]),
    ...(carded ? [cell(me.card || here.issues_cards ? w.card : here.card_name, 'card', me.card ? '' : me.standing?.label ?? '')] : []), ...(here.privileges ? [cell(words.privileges.title, 'privileges')] : []), ...(talent && here.channel ? [cell(w.visits, 'visits')] : []), ...(talent ? [cell(words.caseList.title, 'cases')] : []), ...(talent && here.dossier ? [cell(w.dossier, 'dossier', w.dossierNote), cell(words.apply.title, 'apply')] : []),
    ...(talent && here.channel ? [cell(words.dayPass.title, 'day-pass', words.dayPass.note)] : []),
    ...(me.roles.length ? [cell(words.home.staff, 'desk'), cell(words.today.title, 'today'), cell(words.desk.done, 'done')] : []), ...(me.supervises ? [cell(words.overdue.title, 'overdue')] : []),
    cell(w.messages, 'messages', w.messagesNote), ...(here.channel ? [cell(words.windows.title, 'windows')] : []), cell(w.settings, 'settings', w.settingsNote),
  ]
}
