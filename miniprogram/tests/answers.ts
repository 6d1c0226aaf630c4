/** Answers as the product gives them, typed by its own description: a field that is renamed there no longer compiles here. */
import type { Schemas } from '../src/api/client'

export const HERE: Schemas['Here'] = {
  code: 'somewhere', scheme: '人才服务绿色通道', phone: '0000-5230000', card_name: '英才卡', channel: true, login: ['sms_code', 'password'], log_out: '退出登录', registers: true, issues_cards: true, privileges: true, dossier: true,
  information: [{ code: 'projects', name: '项目推介' }], districts: { east: '东区', west: '西区' },
}

export const SERVICE: Schemas['ServiceDetail'] = {
  id: '01970000-0000-7000-8000-000000000001', name: '子女入学', icon: 'school', summary: '协助办理入学', bookable: true, for_whom: '', guide: '到窗口办理。', materials: ['户口簿'], takes: '5 个工作日', levels: ['A 类'],
  has_slots: true, districts: HERE.districts, used_at: '', mine: null,
  form: [
    { field: 'need', type: 'long_text', label: '需求', required: true, hint: '', examples: ['孩子秋季入学'], min: null, max: 500, options: {}, offline: false, when: {} },
    { field: 'place', type: 'district', label: '区县', required: true, hint: '', examples: [], min: null, max: null, options: {}, offline: false, when: {} },
    { field: 'window', type: 'organisation', label: '窗口', required: true, hint: '', examples: [], min: null, max: null, options: {}, offline: false, when: {} },
    { field: 'time', type: 'slot', label: '时段', required: true, hint: '', examples: [], min: null, max: null, options: {}, offline: false, when: {} },
    { field: 'school', type: 'choice', label: '学段', required: false, hint: '', examples: [], min: null, max: null, options: { primary: '小学', middle: '初中' }, offline: false, when: { place: ['east'] } },
    { field: 'children', type: 'number', label: '人数', required: false, hint: '', examples: [], min: 1, max: 5, options: {}, offline: false, when: {} },
  ],
}

export const CATALOGUE: Schemas['Catalogue'] = {
  items: [
    { code: 'life', name: '生活', icon: 'home', services: [{ id: SERVICE.id, name: SERVICE.name, icon: SERVICE.icon, summary: SERVICE.summary, bookable: true }] },
    { code: 'health', name: '医疗', icon: 'heart', services: [{ id: '01970000-0000-7000-8000-000000000002', name: '专家门诊', icon: 'heart', summary: '预约专家', bookable: true }] },
  ],
}

export const WINDOWS: Schemas['Windows'] = {
  items: [{
    id: '01970000-0000-7000-8000-000000000003', name: '东区窗口', district: '东区', contact: '林经办', phone: '0000-5230001', address: '文化路 1 号', position: [37.5, 122.1], hours: ['周一至周五 08:30–12:00'], open_now: true,
    district_code: 'east', opens_next: null, next_closed: '2026-12-01', closed_because: '盘点', then_closed: [],
  }],
}

export const SLOTS: Schemas['Slots'] = { items: [{ id: '01970000-0000-7000-8000-000000000004', starts_at: '2026-11-23T01:30:00Z', ends_at: '2026-11-23T02:00:00Z', free: 2 }] }

export const NOTICES: Schemas['Notices'] = {
  name: '通报公告', total: 1, unread: 1, items: [{ id: '01970000-0000-7000-8000-000000000005', title: '春节期间窗口安排', organisation: '人社局', published_at: '2026-11-20T01:00:00Z', pinned: false, unread: true }],
}

export const NOTICE: Schemas['NoticeRead'] = {
  id: NOTICES.items[0].id, title: NOTICES.items[0].title, organisation: '人社局', published_at: '2026-11-20T01:00:00Z', html: '<p>照常办理</p>',
  files: [{ id: '01970000-0000-7000-8000-000000000006', name: '安排表.pdf', size: 1000, pages: 1 }],
}

export const CARD: Schemas['MyCard'] = {
  name: '英才卡', level: 'c', level_name: 'C 类', number: '2026****0001', issued_on: '2026-01-05', valid_until: '2029-01-04', state: 'active', state_label: '有效', usable: true, why: '',
}

export const ME: Schemas['Me'] = {
  id: '01970000-0000-7000-8000-000000000007', name: '周敏', kind: 'talent', phone: '199****0001', wechat: true, confirmed: true, cools_until: null, roles: [], supervises: false, card: CARD, standing: null,
  entitlements: [{ category: 'museum', name: '博物馆', yearly: 10, used: 3, left: 7, companions: 2 }, { category: 'park', name: '公园', yearly: null, used: 4, left: null, companions: 0 }],
}

export const SECURITY: Schemas['MySecurity'] = {
  login_name: 'zhoumin', phone: ME.phone, email: '', has_password: true, wechat: true, resets: true, opened: false, sessions: [{ channel: 'mini', seen_at: '2026-11-21T01:00:00Z', current: true }, { channel: 'phone', seen_at: '2026-11-20T01:00:00Z', current: false }],
}

export const PRIVILEGES: Schemas['Privileges'] = {
  mine: true, why: '', level: 'c', level_name: 'C 类', levels: { a: 'A 类', c: 'C 类' }, card_name: '英才卡', year: 2026, services: CATALOGUE.items,
  given: [{ ...ME.entitlements[0], places: [{ name: '城市博物馆', address: '海滨路 2 号', phone: '0000-5230002', hours: ['周二至周日 09:00–17:00'], open: true, open_now: true, position: [37.5, 122.1] }] }],
}

export const LINE: Schemas['CaseLine'] = {
  id: '01970000-0000-7000-8000-000000000008', number: '20261121-0001', subject: '子女入学', state: 'handling', state_label: '办理中', step: '预审', organisation: '东区窗口', due_at: '2026-11-25T08:00:00Z', light: 'soon',
  left: '还剩 2 个工作日', updated_at: '2026-11-21T01:00:00Z', to_rate: false,
}

export const SUBMITTED: Schemas['Submitted'] = {
  parts: [], registered: [], login: null, compared: false, changes: 0, paper: [], paper_confirmed: false, why: '', person: '', unit: '',
}

export const STORY: Schemas['CaseStory'] = {
  id: LINE.id, number: LINE.number, subject: LINE.subject, state: 'handling', state_label: '办理中', version: 3, applicant: '周敏', step: '预审', organisation: '东区窗口', organisation_phone: '0000-5230001', claimed_by: '',
  due_at: LINE.due_at, light: 'soon', left: LINE.left, created_at: '2026-11-20T01:00:00Z', service_id: SERVICE.id, to_rate: false, undo_seconds: 0, rating: null,
  next_step: '办结', result: '', internal: false, looking: [], submitted: SUBMITTED,
  form: [{ field: 'need', label: '需求', value: '孩子秋季入学', fault: '', files: [] }], values: { need: '孩子秋季入学', place: 'east', window: WINDOWS.items[0].id, time: SLOTS.items[0].id },
  route: [
    { name: '受理', stage: 'done', organisation: '东区窗口', opinion: '已收到', at: '2026-11-20T03:00:00Z', due_at: null }, { name: '预审', stage: 'current', organisation: '东区窗口', opinion: '', at: null, due_at: LINE.due_at },
    { name: '办结', stage: 'todo', organisation: '', opinion: '', at: null, due_at: null },
  ],
  history: [{ action: 'submit', done: '提交申请', organisation: '', actor: '', opinion: '', at: '2026-11-20T01:00:00Z' }, { action: 'approve', done: '受理', organisation: '东区窗口', actor: '', opinion: '已收到', at: '2026-11-20T03:00:00Z' }],
  buttons: [{ action: 'withdraw', label: '撤回', opinion: 'optional', choices: {} }, { action: 'supplement', label: '补充', opinion: 'required', choices: {} }],
}

export const DESK_STORY: Schemas['CaseStory'] = {
  ...STORY, values: {}, undo_seconds: 40,
  buttons: [
    { action: 'approve', label: '预审', opinion: 'required', choices: {} }, { action: 'return', label: '退回', opinion: 'required', choices: {} }, { action: 'transfer', label: '转办', opinion: 'required', choices: {} },
    { action: 'claim', label: '认领', opinion: 'none', choices: {} },
  ],
}

/** What a dossier's case was submitted with: a row that was changed and marked, one that is new, one that was taken out. */
export const PARTS: Schemas['PartRead'][] = [
  { section: 'basic', name: '基本信息', repeats: false, removed: [], rows: [{ number: 1, added: false, fields: [{ field: 'basic.phone', label: '手机号', value: '199****0001', was: null, fault: '', corrected: false, files: [] }] }] },
  {
    section: 'education', name: '教育经历', repeats: true, removed: [{ number: 1, added: false, fields: [{ field: 'education.1.school', label: '学校', value: '旧校', was: null, fault: '', corrected: false, files: [] }] }],
    rows: [
      { number: 1, added: false, fields: [{ field: 'education.1.school', label: '学校', value: '海洋大学', was: '海大', fault: '请写全称', corrected: false, files: [] }] },
      { number: 2, added: true, fields: [{ field: 'education.2.proof', label: '学位证', value: '1 个文件', was: null, fault: '', corrected: false, files: [{ id: '01970000-0000-7000-8000-00000000000a', name: '学位证.pdf', size: 120_000, pages: 2 }] }] },
    ],
  },
]

export const RETURNED: Schemas['ReturnOpened'] = {
  allowed: true, returned: true, version: 3, organisation: '星湖大学', words: '请按要求修改', gaps: [], sections: [{ section: 'education', name: '教育经历' }], admitted: null, logs_in_by_phone: true, files: {}, offices: { unit: { u1: '星湖大学' } },
  districts: HERE.districts, marks: [{ section: 'education', number: 1, field: 'school', label: '教育经历第 1 条 · 学校', sentence: '请写全称', mended: false }], values: { unit: 'u1', 'account.name': '周敏' }, faults: { 'account.name': '与证件不一致' },
  registered: [{ field: 'account.name', type: 'text', label: '姓名', required: true, hint: '', examples: [], min: 2, max: 50, options: {}, offline: false, when: {} }],
  form: [{ field: 'unit', type: 'unit', label: '所在单位', required: true, hint: '', examples: [], min: null, max: null, options: {}, offline: false, when: {} }],
}

export const TODO: Schemas['Todo'] = {
  all: 2, late: 1, due_today: 1, steps: [{ step: 'review', name: '预审', waiting: 2 }], next: '1.00000000000000000000000000000000',
  items: [{
    id: LINE.id, number: LINE.number, subject: LINE.subject, step: '预审', applicant: '周敏', organisation: '东区窗口', claimed_by: '王经办', due_at: '2026-11-20T08:00:00Z', light: 'late', left: '已超时 1 个工作日',
    created_at: '2026-11-18T01:00:00Z', version: 3,
  }],
}

export const FORESEEN: Schemas['Foreseen'] = { verdict: 'admitted', title: '可以通行', why: '', todo: '', venue: '城市博物馆', address: '海滨路 2 号', companions_allowed: 2, left: 7, recent: null }

export const VISIT: Schemas['Visit'] = {
  id: '01970000-0000-7000-8000-000000000009', verdict: 'admitted', admitted: true, shows: true, title: '可以通行', why: '', todo: '', call: '0000-5230002', holder: '周*', level: 'C 类', venue: '城市博物馆', at: '2026-11-21T02:00:00Z',
  companions: 1, companions_allowed: 2, quota_left: 6, undone_reason: '', rated: false,
}

export const ROLLING: Schemas['RollingCode'] = { digits: '123456', token: 'token', seconds_left: 20 }

export const DOSSIER: Schemas['MyDossier'] = {
  version: 4, admitted: null,
  sections: [
    { section: 'basic', name: '基本信息', required: true, repeats: false, rows: 1, lacks: [] },
    { section: 'education', name: '教育经历', required: true, repeats: true, rows: 1, lacks: [{ number: 1, field: 'school', sentence: '请填写学校。' }] },
    { section: 'patents', name: '专利', required: false, repeats: true, rows: 0, lacks: [] },
  ],
}

export const PROOF: Schemas['Enclosure'] = { id: '01970000-0000-7000-8000-00000000000a', name: '学位证.pdf', size: 120_000, pages: 2 }

export const SECTION: Schemas['SectionOpened'] = {
  ...DOSSIER.sections[1], version: 4, hint: '', most: 10, fixed: ['degree'], honours: ['泰山学者'], districts: HERE.districts,
  form: [
    { field: 'school', type: 'text', label: '学校', required: true, hint: '', examples: [], min: null, max: 50, options: {}, offline: false, when: {} },
    { field: 'degree', type: 'choice', label: '学位', required: true, hint: '', examples: [], min: null, max: null, options: { doctor: '博士' }, offline: false, when: {} },
    { field: 'proof', type: 'files', label: '学位证', required: false, hint: '', examples: [], min: null, max: 2, options: {}, offline: false, when: {} },
    { field: 'title', type: 'honour', label: '称号', required: false, hint: '', examples: [], min: null, max: null, options: {}, offline: false, when: {} },
  ],
  filled: [{ number: 1, answers: [{ field: 'degree', label: '学位', value: '博士' }], values: { degree: 'doctor', proof: ['01970000-0000-7000-8000-00000000000a'] }, files: { proof: [PROOF] } }],
}

export const REGISTRATION: Schemas['Registration'] = {
  name: '个人注册', hint: '请如实填写。', offices: {}, districts: HERE.districts, terms: { version: '1', title: '用户须知', text: '请阅读' },
  form: [
    { field: 'name', type: 'text', label: '姓名', required: true, hint: '', examples: [], min: 2, max: 50, options: {}, offline: false, when: {} },
    { field: 'unit', type: 'unit', label: '所在单位', required: true, hint: '', examples: [], min: null, max: null, options: {}, offline: false, when: {} },
    { field: 'password', type: 'text', label: '密码', required: true, hint: '', examples: [], min: null, max: 128, options: {}, offline: false, when: {} },
  ],
}

export const OFFER: Schemas['DayPassOffer'] = { venue: '01970000-0000-7000-8000-00000000000b', name: '城市博物馆', category: '博物馆', address: '海滨路 2 号', hours: ['09:00–17:00'], companions: 2, left: 3, open_pass: null }

export const DAY_PASS: Schemas['DayPass'] = {
  id: '01970000-0000-7000-8000-00000000000c', venue: OFFER.venue, name: OFFER.name, day: '2026-11-21', holder: '周*', level: 'C 类', companions: 1, companions_allowed: 2, state: 'open', made: '2026-11-21T02:00:00Z',
  ends: '2026-11-21T16:00:00Z', window: 30, token: 'DTOKEN', own: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', visit: null,
}

export const TODAY: Schemas['Today'] = { arrived: 4, acts: 2, done: { 退回: 2 }, all: 3, late: 1, due_today: 1 }

export const OVERDUE: Schemas['Overdue'] = {
  next: null, organisations: [{ organisation_id: WINDOWS.items[0].id, name: '东区窗口', late: 1, oldest: '2026-11-18T01:00:00Z' }],
  items: [{ id: LINE.id, number: LINE.number, subject: LINE.subject, step: '预审', applicant: '周敏', organisation: '东区窗口', due_at: '2026-11-18T01:00:00Z', light: 'late', left: '已超时 3 个工作日' }],
}

export const CHOICES: Schemas['Choices'] = {
  agreed: [{ version: '1', at: '2026-01-05T02:00:00Z' }], sms: [{ kind: 'notice', label: '公告提醒', on: true, must: false }, { kind: 'accepted', label: '受理通知', on: true, must: true }],
}

export const MY_DATA: Schemas['MyData'] = {
  may_leave: true, looked: [{ organisation: '人社局', way: '查看个人全部情况', times: 3, last: '2026-11-20 10:00' }],
  copies: [{ id: '01970000-0000-7000-8000-00000000000e', kind: 'mine.pdf', label: '我的数据（阅读版 PDF）', state_label: '已生成', open: false, ready: true, reason: '', made_at: '2026-11-21T01:00:00Z', expires_at: '2026-11-22T01:00:00Z' }],
}

export const CLOSING: Schemas['Closing'] = { offered: true, under_way: null, in_the_way: [], phone: '199****0001' }

export const MATTER_OFFER: Schemas['MatterOffer'] = { matter: 'pool', name: '人才入库', lacks: [], open: null, not_yet: '', renews: false }

export const MATTER: Schemas['MatterOpened'] = {
  matter: 'pool', name: '人才入库', version: 2, lacks: [], gaps: [{ section: 'education', section_name: '教育经历', number: 1, sentence: '请填写学校。' }], sections: ['基本信息', '教育经历'], synchronises: false, synchronised: null,
  outdated: false, open: null, full: false, not_yet: '', renews: false, values: {}, files: {}, offices: {}, districts: HERE.districts, form: [REGISTRATION.form[1]], parts: PARTS, changed: [],
  ahead: [{ organisation: '星湖大学', step: '初审', why: '您的单位' }],
}

export const MOVED: Schemas['Moved'] = { id: LINE.id, number: LINE.number, state: 'handling', state_label: '办理中', step: '受理', version: 4 }

export const ENTERED: Schemas['LoggedIn'] = { token: 'fresh', name: '周敏', kind: 'talent', bound: true, confirmed: true }

export const PROVABLE: Schemas['Provable'] = { confirmed: false, ways: ['id_number', 'password'], cools_until: null, cool_down_hours: 24 }

export function refused(code: string, message: string, fields: Record<string, string> = {}): object {
  return { error: { code, message, context: Object.keys(fields).length ? { fields } : {} }, request_id: 'x' }
}
