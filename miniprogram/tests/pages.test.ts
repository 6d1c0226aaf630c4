import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import * as given from './answers'
import { begin, component, HOST, open, phone, sending, settle, SRC, type Answer, type Answers } from './wechat'

const IN = { region: 'somewhere', 'token.somewhere': 'held' }
const ok = (data: unknown): Answer => ({ data })
const CODE = '1ABCDEFGH0123456789ABCDEF'
const service = `services/${given.SERVICE.id}`
const booking = `bookings/${given.LINE.id}`
const visit = `visits/${given.VISIT.id}`
const EVERYTHING: Answers = {
  'get region': ok(given.HERE), 'get catalogue': ok(given.CATALOGUE), 'get notices': ok(given.NOTICES), [`get notices/${given.NOTICE.id}`]: ok(given.NOTICE), 'get me': ok(given.ME), [`get ${service}`]: ok(given.SERVICE),
  [`get ${service}/windows`]: ok(given.WINDOWS), [`get ${service}/slots`]: ok(given.SLOTS), 'get windows': ok(given.WINDOWS), 'get bookings': ok({ items: [given.LINE] }), [`get ${booking}`]: ok(given.STORY),
  'get board': ok(given.FORESEEN), [`get ${visit}`]: ok(given.VISIT), [`get ${visit}/code`]: ok(given.ROLLING), 'get visits': ok({ items: [given.VISIT] }), 'get messages': ok({ items: [{ kind: 'x', label: '办件进展', about_case: true, text: '已受理。', at: given.VISIT.at, subject_id: given.LINE.id }] }),
  'get me/confirm': ok(given.PROVABLE), 'get me/terms': ok({ version: '1', title: '用户须知', text: '请阅读', owed: true }), 'get dossier': ok(given.DOSSIER), 'get dossier/education': ok(given.SECTION), 'get desk/todo': ok(given.TODO),
  [`get desk/cases/${given.LINE.id}`]: ok(given.DESK_STORY), 'get desk/phrases': ok({ phrases: { approve: ['材料齐全'], return: ['请补充材料'] } }),
  'get desk/done': ok({ items: [{ case_id: given.LINE.id, number: given.LINE.number, subject: given.LINE.subject, state: 'handling', state_label: '办理中', done: '受理', at: given.VISIT.at }] }),
  [`get desk/cases/${given.LINE.id}/destinations`]: ok({ items: [{ id: given.WINDOWS.items[0].id, name: '西区窗口', district: '西区' }] }),
  'get register': ok(given.REGISTRATION), 'get register/units': ok({ items: [{ id: given.WINDOWS.items[0].id, name: '星湖大学', district: '东区' }] }), 'get day-pass': ok({ items: [given.OFFER] }), [`get day-pass/${given.DAY_PASS.id}`]: ok(given.DAY_PASS),
  'get apply': ok({ items: [given.MATTER_OFFER] }), 'get apply/pool': ok(given.MATTER), 'get me/data': ok(given.MY_DATA), 'get me/closing': ok(given.CLOSING), [`get me/data/copies/${given.MY_DATA.copies[0].id}`]: ok('/tmp/copy.pdf'), 'get me/choices': ok(given.CHOICES), 'get consents': ok({ items: [] }), 'get desk/today': ok(given.TODAY), 'get desk/overdue': ok(given.OVERDUE), 'get privileges': ok(given.PRIVILEGES), 'get me/security': ok(given.SECURITY), [`get ${booking}/answer`]: ok(given.RETURNED),
  'post captcha': ok({ challenge: 'drawn', picture: 'data:image/png;base64,AAAA' }),
}

/** Page → its options, and what must stand on it. */
const SHOWN: Record<string, [Record<string, string>, string[]]> = {
  home: [{}, ['C 类', '凭卡可享', '还剩 7 次', '扫码服务', '子女入学', '专家门诊', '春节期间窗口安排', '1 条未读', '项目推介', '0000-5230000']],
  cases: [{}, ['子女入学', '20261121-0001', '还剩 2 个工作日', '正在办理 1']],
  me: [{}, ['周敏', '199****0001', '我的人才信息', '设置']],
  enter: [{}, ['请先选择地区']],
  login: [{}, ['手机验证码', '用户名密码', '获取验证码']],
  terms: [{}, ['用户须知', '请阅读', '同意并继续']],
  confirm: [{}, ['请核实是您本人', '证件号码', '登录密码', '24 小时内不能更换手机号', '核实不了？', '0000-5230000', '不核实也可以出示人才卡']],
  service: [{ id: given.SERVICE.id }, ['子女入学', '5 个工作日', '户口簿', '东区窗口', '在线申请']],
  request: [{ service: given.SERVICE.id }, ['需求', '孩子秋季入学', '区县', '先选区县', '先选窗口', '下一步：核对']],
  case: [{ id: given.LINE.id }, ['东区窗口正在预审', '承诺完成时间 11月25日 周三 16:00', '受理', '办理中', '孩子秋季入学', '已收到', '致电窗口', '撤回预约', '下一步 预审完成后进入办结，您现在不用做什么，有进展会短信告诉您。']],
  answer: [{ case: given.LINE.id }, ['星湖大学请您修改', '请按要求修改', '教育经历第 1 条 · 学校：请写全称', '姓名', '修改意见：与证件不一致', '改后请用新号码登录', '所在单位', '重新提交']],
  scan: [{ code: CODE }, ['城市博物馆', '今年还剩 7 次', '随行人数', '核验并使用']],
  pass: [{ id: given.VISIT.id }, ['可以通行', '城市博物馆', '123 456', '周*', '6 次']],
  windows: [{}, ['东区窗口', '现在开放', '文化路 1 号', '看地图', '12月1日 周二 休息：盘点，请避开这一天。', '找离我最近的窗口', '不会上传']],
  notices: [{}, ['春节期间窗口安排', '人社局', '未读']],
  notice: [{ id: given.NOTICE.id }, ['春节期间窗口安排', '安排表.pdf']],
  card: [{}, ['C 类', '2026****0001', '博物馆', '还剩 7 次', '全年 10 次，已用 3 次', '不限次数', '限本人使用', '2029年1月4日 周四']],
  privileges: [{}, ['您的英才卡（C 类）2026 年还可以使用：', '博物馆', '还剩 7 次', '城市博物馆', '现在开放', '周二至周日 09:00–17:00', '子女入学', '扫码使用']],
  visits: [{}, ['城市博物馆', '可以通行']],
  messages: [{}, ['办件进展', '已受理。']],
  settings: [{}, ['大字', '199****0001', '解除绑定', '邮箱', '未登记', 'zhoumin', '已设置', '小程序（本机）', '手机网页', '退出所有设备']],
  secure: [{ what: 'phone' }, ['验证原手机号', '验证码会发到 199****0001。', '获取验证码', '原手机号已停用？']],
  dossier: [{}, ['基本信息', '完整', '缺 1 处', '选填', '1 条 · 必填']],
  section: [{ section: 'education' }, ['请填写学校。', '博士', '修改', '新增一条']],
  register: [{}, ['请如实填写。', '姓名', '所在单位', '密码', '我已阅读并同意《用户须知》', '第 1 版', '注册']],
  'day-pass': [{}, ['城市博物馆', '今年还可准备 3 次', '随行人数', '准备通行证']],
  ticket: [{ id: given.DAY_PASS.id }, ['城市博物馆', '当天有效', '周*', '已存在本机']],
  apply: [{}, ['人才入库', '现在可以申报', '我的人才信息']],
  matter: [{ matter: 'pool' }, ['缺 1 处', '教育经历：请填写学校。', '所在单位', '星湖大学 初审', '依据：您的单位', '保存']],
  data: [{}, ['领取一份副本', '我的数据（阅读版 PDF）', '已生成', '人社局', '3 次', '注销账号']],
  closing: [{}, ['办结后会删除', '依法要保留', '199****0001', '申请注销账号']],
  choices: [{}, ['公告提醒', '一定会发的', '受理通知', '第 1 版', '1月5日 周一 同意']],
  today: [{}, ['今天新到', '4件', '已超时', '退回', '2 次']],
  overdue: [{}, ['东区窗口', '最早 11月18日 周三 到期', '子女入学', '已超时 3 个工作日']],
  desk: [{}, ['子女入学', '周敏', '已超时 1 个工作日', '王经办 已认领', '已超时 1', '预审 2']],
  done: [{}, ['子女入学', '受理']],
  'desk-case': [{ id: given.LINE.id }, ['预审', '周敏', '退回', '转办', '孩子秋季入学', '撤销', '已收到']],
}

const text = (page: { dom: { textContent: string } }): string => page.dom.textContent.replace(/\s+/g, ' ')

test('every page that the mini program has is drawn with what it is for', async (t) => {
  const pages = (JSON.parse(readFileSync(join(SRC, 'app.json'), 'utf8')) as { pages: string[] }).pages.map((path) => path.split('/')[1])
  assert.deepEqual([...pages].sort(), Object.keys(SHOWN).sort())
  for (const [name, [options, wanted]] of Object.entries(SHOWN)) {
    await t.test(name, async () => {
      begin(EVERYTHING, { ...IN, 'large-type': true })
      const page = await open(name, options)
      const shown = text(page)
      for (const word of wanted) assert.ok(shown.includes(word), `${word} is not in: ${shown}`)
      assert.ok(page.dom.innerHTML.includes('--large'), 'large letters')
      assert.equal(page.instance.data.problem, null)
    })
  }
})

test('without network each page says so and offers to ask again, and asking again shows it', async () => {
  begin({}, IN)
  const page = await open('cases')
  assert.ok(text(page).includes('网络已断开'))
  phone.answers = EVERYTHING
  await page.instance.load()
  await settle()
  assert.ok(text(page).includes('子女入学'))
  assert.ok(!text(page).includes('网络已断开'))
})

test('home works without login and asks nothing that needs one', async () => {
  begin(EVERYTHING)
  const page = await open('home')
  assert.ok(text(page).includes('登录查看我的英才卡'))
  assert.deepEqual(phone.asked.filter((one) => one.path === 'me'), [])
})

test('a board that WeChat itself scanned leads on, in the region that it names', async () => {
  begin(EVERYTHING, {})
  await open('home', { q: encodeURIComponent(encodeURIComponent(`${HOST}/somewhere/v/${CODE}`)), scancode_time: '1763712000' })
  assert.equal(phone.kept.region, 'somewhere')
  assert.equal(phone.led[0], `/pages/scan/scan?code=${CODE}`)
})

test('without any word of a region one is asked for it, and nothing is asked of the product', async () => {
  begin(EVERYTHING, {})
  await open('home')
  assert.deepEqual([phone.led, phone.asked], [['/pages/enter/enter'], []])
  phone.scanned = `${HOST}/somewhere/windows`
  const page = await open('enter')
  await page.instance.scan()
  assert.equal(phone.kept.region, 'somewhere')
})

test('tabs of the catalogue narrow it', async () => {
  begin(EVERYTHING)
  const page = await open('home')
  await page.instance.choose(sending({ value: 'health' }))
  await settle()
  assert.ok(text(page).includes('专家门诊') && !text(page).includes('子女入学'))
})

test('who is not logged in comes in by her WeChat and never notices', async () => {
  let turned = 0
  begin({
    ...EVERYTHING, 'post login/wechat': ok(given.ENTERED),
    'get bookings': (asked) => (asked.header.Authorization === 'Bearer fresh' ? ok({ items: [given.LINE] }) : (turned++, { status: 401, data: given.refused('not_logged_in', '请先登录。') })),
  })
  const page = await open('cases')
  assert.ok(text(page).includes('子女入学'))
  assert.deepEqual([turned, phone.led, phone.kept['token.somewhere']], [1, [], 'fresh'])
})

test('two questions at once spend one code of WeChat', async () => {
  const needed: Answers[string] = (asked) => (asked.header.Authorization ? ok(asked.path === 'me' ? given.ME : given.HERE) : { status: 401, data: given.refused('not_logged_in', '请先登录。') })
  begin({ ...EVERYTHING, 'get me': needed, 'get region': needed, 'post login/wechat': ok(given.ENTERED) })
  await Promise.all([open('settings'), open('card')])
  await settle()
  assert.equal(phone.codes, 1)
})

test('where the WeChat is not bound she is led to the login', async () => {
  begin({ ...EVERYTHING, 'get bookings': { status: 401, data: given.refused('not_logged_in', '请先登录。') }, 'post login/wechat': { status: 401, data: given.refused('not_bound', '还没有绑定。') } })
  await open('cases')
  assert.deepEqual(phone.led, ['/pages/login/login'])
})

test('who owes her word to the terms is led to them and back', async () => {
  begin({ ...EVERYTHING, 'get bookings': { status: 403, data: given.refused('terms_owed', '请先阅读用户须知。') }, 'post me/terms': ok({ done: true }) }, IN)
  await open('cases')
  assert.deepEqual(phone.led, ['/pages/terms/terms'])
  phone.pages = [{ route: 'pages/cases/cases' }, { route: 'pages/terms/terms' }]
  const page = await open('terms')
  await page.instance.agree()
  assert.deepEqual(phone.asked.at(-1)?.body, { terms_version: '1' })
  assert.equal(phone.led.at(-1), 'back')
})

test('who came in by a number that may have changed hands is led to prove who she is, and back with a new token', async () => {
  begin({ ...EVERYTHING, 'get dossier': { status: 403, data: given.refused('identity_unconfirmed', '请先核实身份。') }, 'post me/confirm': ok({ token: 'fresh' }) }, { ...IN })
  await open('dossier')
  assert.deepEqual(phone.led, ['/pages/confirm/confirm'])
  phone.pages = [{ route: 'pages/dossier/dossier' }, { route: 'pages/confirm/confirm' }]
  const page = await open('confirm')
  page.instance.choose(sending({ value: 'password' }))
  page.instance.write(sending({ value: 'Her-Own-2026' }))
  await page.instance.submit()
  assert.deepEqual(phone.asked.at(-1)?.body, { by: 'password', given: 'Her-Own-2026' })
  assert.equal(phone.kept['token.somewhere'], 'fresh')
  assert.equal(phone.led.at(-1), 'back')
})

test('what is wrong stands beside the field, and who has nothing to prove with reads whom to call', async () => {
  const wrong = { status: 400, data: given.refused('invalid', '有内容需要修改。', { id_number: '证件号码不正确，请核对。今天还可以试 4 次。' }) }
  begin({ ...EVERYTHING, 'post me/confirm': wrong }, { ...IN })
  const page = await open('confirm')
  page.instance.write(sending({ value: '123' }))
  await page.instance.submit()
  assert.ok(page.dom.innerHTML.includes('今天还可以试 4 次'))
  assert.equal(phone.kept['token.somewhere'], 'held')
  begin({ ...EVERYTHING, 'get me/confirm': ok({ ...given.PROVABLE, ways: [] }) }, { ...IN })
  assert.ok(text(await open('confirm')).includes('在这里核实不了'))
})

test('the settings say until when changes wait, and that a password ends it', async () => {
  const until = '2026-11-23T01:30:00Z'
  begin({ ...EVERYTHING, 'get me': ok({ ...given.ME, cools_until: until }), 'get me/confirm': ok({ ...given.PROVABLE, confirmed: true, cools_until: until, ways: ['password'] }) }, { ...IN })
  const shown = text(await open('settings'))
  assert.ok(shown.includes('11月23日 周一 09:30 以后可以更换手机号') && shown.includes('用密码核实'), shown)
})

test('login by code: sent once, entered with the WeChat that is bound from now on', async () => {
  begin({ ...EVERYTHING, 'post login/code/request': ok({ challenge: 'c1' }), 'post login/code': ok(given.ENTERED) })
  const page = await open('login')
  await page.instance.write(sending({ value: '19900000001' }, { name: 'phone' }))
  await page.instance.sendCode()
  assert.deepEqual([page.instance.data.challenge, page.instance.data.waits], ['c1', 60])
  await page.instance.write(sending({ value: '123456' }, { name: 'code' }))
  page.instance.data.waits = 0
  await page.instance.submit()
  assert.deepEqual(phone.asked.at(-1)?.body, { phone: '19900000001', challenge: 'c1', code: '123456', wechat_code: 'wx-1' })
  assert.deepEqual([phone.kept['token.somewhere'], phone.led], ['fresh', ['/pages/home/home']])
})

test('a wrong password stands beside its field, and a picture is drawn where one is asked for', async () => {
  begin({ ...EVERYTHING, 'post login/password': { status: 400, data: given.refused('invalid', '有内容需要修改。', { captcha: '请输入图中字符。' }) } })
  const page = await open('login')
  await page.instance.choose(sending({ value: 'password' }))
  await page.instance.submit()
  await settle()
  assert.ok(text(page).includes('请输入图中字符。'))
  assert.equal((page.instance.data.picture as { challenge: string }).challenge, 'drawn')
})

test('a request: the district brings windows, the window slots, the look at it all, and one booking', async () => {
  begin({ ...EVERYTHING, 'post bookings': { status: 201, data: given.MOVED } }, IN)
  const page = await open('request', { service: given.SERVICE.id })
  const fill = async (field: string, value: unknown): Promise<void> => { await page.instance.changed(sending({ field, value })) }
  assert.ok(!text(page).includes('学段'))
  await fill('need', '孩子秋季入学')
  await fill('place', 'east')
  await settle()
  assert.ok(text(page).includes('东区窗口') && text(page).includes('学段'))
  await fill('window', given.WINDOWS.items[0].id)
  await fill('time', given.SLOTS.items[0].id)
  await fill('children', '2')
  await page.instance.review()
  await settle()
  assert.ok(text(page).includes('11月23日 周一 09:30–10:00') && text(page).includes('东区'))
  await page.instance.submit()
  const sent = phone.asked.at(-1)
  assert.deepEqual(sent?.body, { service: given.SERVICE.id, form: { need: '孩子秋季入学', place: 'east', window: given.WINDOWS.items[0].id, time: given.SLOTS.items[0].id, children: 2 } })
  assert.match(sent?.header['Idempotency-Key'] ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(phone.led.at(-1), `/pages/case/case?id=${given.LINE.id}`)
})

test('another district empties the window and the slot that were chosen', async () => {
  begin(EVERYTHING, IN)
  const page = await open('request', { service: given.SERVICE.id })
  for (const [field, value] of [['place', 'east'], ['window', given.WINDOWS.items[0].id], ['time', given.SLOTS.items[0].id], ['place', 'west']]) await page.instance.changed(sending({ field, value }))
  assert.deepEqual(page.instance.data.values, { place: 'west', window: '', time: '' })
})

test('a refused request keeps what was typed, under the same key, with the fault beside its field', async () => {
  begin({ ...EVERYTHING, 'post bookings': { status: 400, data: given.refused('invalid', '有内容需要修改。', { need: '请再说明一些。' }) } }, IN)
  const page = await open('request', { service: given.SERVICE.id })
  await page.instance.changed(sending({ field: 'need', value: '入学' }))
  await page.instance.review()
  await page.instance.submit()
  await page.instance.submit()
  await settle()
  assert.ok(text(page).includes('请再说明一些。'))
  assert.deepEqual(page.instance.data.values, { need: '入学' })
  assert.equal(new Set(phone.asked.filter((one) => one.verb === 'post').map((one) => one.header['Idempotency-Key'])).size, 1)
})

test('the answer to a return shows what the window wants, and goes out at the version that was seen', async () => {
  const returned = {
    ...given.STORY, state: 'returned', form: [{ ...given.STORY.form[0], fault: '请写明年级' }], buttons: [{ action: 'resubmit', label: '修改', opinion: 'none', choices: {} }],
    history: [...given.STORY.history, { action: 'return', done: '退回', organisation: '东区窗口', actor: '', opinion: '请补充年级', at: given.VISIT.at }],
  }
  begin({ ...EVERYTHING, [`get ${booking}`]: ok(returned), [`post ${booking}/resubmit`]: ok(given.MOVED) }, IN)
  const story = await open('case', { id: given.LINE.id })
  assert.ok(text(story).includes('请您修改后重新提交。') && text(story).includes('请补充年级') && text(story).includes('请写明年级'))
  const page = await open('request', { case: given.LINE.id })
  assert.ok(text(page).includes('修改意见：请写明年级') && text(page).includes('请补充年级'))
  await page.instance.changed(sending({ field: 'need', value: '孩子秋季上三年级' }))
  await page.instance.submit()
  assert.deepEqual(phone.asked.at(-1)?.body, { seen: 3, form: { ...given.STORY.values, need: '孩子秋季上三年级' } })
})

test('withdrawing asks first, says what it means, and tells why', async () => {
  begin({ ...EVERYTHING, [`post ${booking}/withdraw`]: ok(given.MOVED) }, IN)
  const page = await open('case', { id: given.LINE.id })
  await page.instance.ask()
  await settle()
  assert.ok(text(page).includes('确定撤回这次预约吗？') && text(page).includes('已占的时段会让给别人'))
  assert.deepEqual(phone.asked.filter((one) => one.verb === 'post'), [])
  await page.instance.write(sending({ value: '行程有变' }, { name: 'reason' }))
  await page.instance.withdraw()
  assert.deepEqual(phone.asked.find((one) => one.verb === 'post')?.body, { seen: 3, reason: '行程有变' })
  assert.deepEqual(phone.said, ['预约已撤回。'])
})

test('who was faster is told, and what was typed stays', async () => {
  begin({ ...EVERYTHING, [`post ${booking}/supplement`]: { status: 409, data: given.refused('handled_meanwhile', '东区窗口刚刚已办结。') } }, IN)
  const page = await open('case', { id: given.LINE.id })
  await page.instance.write(sending({ value: '补一份证明' }, { name: 'text' }))
  await page.instance.supplement()
  await settle()
  assert.ok(text(page).includes('东区窗口刚刚已办结。'))
  assert.equal(page.instance.data.text, '补一份证明')
})

test('a completed case asks for its rating once', async () => {
  begin({ ...EVERYTHING, [`get ${booking}`]: ok({ ...given.STORY, state: 'completed', buttons: [], to_rate: true }), [`post ${booking}/rating`]: { status: 201, data: { stars: 5, words: '', at: given.VISIT.at } } }, IN)
  const page = await open('case', { id: given.LINE.id })
  assert.ok(text(page).includes('请您评价这次服务'))
  await page.instance.rate(sending({ stars: 5, words: '很好' }))
  assert.deepEqual(phone.asked.find((one) => one.verb === 'post')?.body, { stars: 5, words: '很好' })
  assert.deepEqual(phone.said, ['感谢您的评价。'])
})

test('two taps on a board are one visit, and the pass shows it', async () => {
  begin({ ...EVERYTHING, 'post visits': { status: 201, data: given.VISIT } }, IN)
  const page = await open('scan', { code: encodeURIComponent(`${HOST}/somewhere/v/${CODE}`) })
  assert.equal(phone.asked.find((one) => one.path === 'board')?.query.code, `${HOST}/somewhere/v/${CODE}`)
  await page.instance.bring(sending({ value: 2 }))
  await Promise.all([page.instance.admit(), page.instance.admit()])
  const sent = phone.asked.filter((one) => one.verb === 'post')
  assert.equal(sent.length, 1)
  assert.equal((sent[0].body as { companions: number }).companions, 2)
  assert.deepEqual(phone.led, [`/pages/pass/pass?id=${given.VISIT.id}`])
})

test('without network a tap may be repeated with the same nonce', async () => {
  begin(EVERYTHING, IN)
  const page = await open('scan', { code: CODE })
  await page.instance.admit()
  await page.instance.admit()
  const nonces = phone.asked.filter((one) => one.verb === 'post').map((one) => (one.body as { nonce: string }).nonce)
  assert.deepEqual([nonces.length, new Set(nonces).size, phone.led], [2, 1, []])
})

test('a refused scan says why, what to do and whom to call', async () => {
  begin({ ...EVERYTHING, [`get ${visit}`]: ok({ ...given.VISIT, admitted: false, shows: false, verdict: 'quota_used_up', title: '今年的次数已用完', why: '今年的次数已经用完。', todo: '明年可以再次使用。' }) }, IN)
  const page = await open('pass', { id: given.VISIT.id })
  for (const word of ['今年的次数已用完', '明年可以再次使用。', '0000-5230002']) assert.ok(text(page).includes(word), word)
  assert.ok(!text(page).includes('123 456') && phone.asked.every((one) => !one.path.endsWith('/code')))
  await page.instance.call()
  assert.deepEqual(phone.called, ['0000-5230002'])
})

test('a pass that is over rolls no more, shows no code, and asks for a rating', async () => {
  let over = false
  begin({
    ...EVERYTHING, [`get ${visit}`]: () => ok({ ...given.VISIT, shows: !over }),
    [`get ${visit}/code`]: () => (over ? { status: 410, data: given.refused('pass_over', '这张通行凭证已经过期。') } : ok(given.ROLLING)),
  }, IN)
  const page = await open('pass', { id: given.VISIT.id })
  assert.ok(text(page).includes('123 456'))
  over = true
  await page.instance.roll()
  await settle()
  assert.ok(!text(page).includes('123 456') && text(page).includes('请您评价这次服务'))
  await page.instance.stop()
})

test('a window is shown on the map and called', async () => {
  begin(EVERYTHING)
  const page = await open('windows')
  await page.instance.map(sending({}, { id: given.WINDOWS.items[0].id }))
  assert.deepEqual(phone.located, { latitude: 37.5, longitude: 122.1, name: '东区窗口', address: '文化路 1 号' })
})

test('large letters hold on every page from now on', async () => {
  begin(EVERYTHING, IN)
  const settings = await open('settings')
  await settings.instance.enlarge(sending({ value: true }))
  assert.ok((await open('windows')).dom.innerHTML.includes('--large'))
})

test('whoever logs out leaves no token behind, network or not', async () => {
  begin(EVERYTHING, { ...IN })
  const page = await open('me')
  await page.instance.logOut()
  assert.deepEqual([phone.kept['token.somewhere'], phone.led], [undefined, ['/pages/home/home']])
})

test('a row of the dossier is saved with its files as they were, its reviewed fields untouched', async () => {
  begin({ ...EVERYTHING, 'post dossier/education/rows': ok(given.DOSSIER) }, IN)
  const page = await open('section', { section: 'education' })
  await page.instance.edit(sending({}, { number: 1 }))
  await settle()
  assert.ok(text(page).includes('学位证.pdf') && text(page).includes('2 页 · 117 KB') && text(page).includes('博士'))
  await page.instance.changed(sending({ field: 'school', value: '海洋大学' }))
  await page.instance.save()
  assert.deepEqual(phone.asked.find((one) => one.verb === 'post')?.body, { seen: 4, number: 1, values: { school: '海洋大学', degree: 'doctor', proof: given.SECTION.filled[0].values.proof } })
})

test('what was just done is taken back while its seconds run', async () => {
  begin({ ...EVERYTHING, [`post desk/cases/${given.LINE.id}/acts`]: ok(given.MOVED) }, IN)
  const page = await open('desk-case', { id: given.LINE.id })
  assert.ok(text(page).includes('受理撤销（40 秒）'), text(page))
  await page.instance.direct(sending({}, { action: 'undo' }))
  assert.equal((phone.asked.find((one) => one.verb === 'post')?.body as { action: string }).action, 'undo')
  page.instance.data.undoLeft = 1
  await page.instance.run()
  await settle()
  assert.ok(!text(page).includes('撤销'))
})

test('at the desk an act asks for what it needs, and goes out once at the version that was seen', async () => {
  begin({ ...EVERYTHING, [`post desk/cases/${given.LINE.id}/acts`]: ok(given.MOVED) }, IN)
  const page = await open('desk-case', { id: given.LINE.id })
  await page.instance.choose(sending({}, { action: 'return' }))
  await settle()
  assert.ok(text(page).includes('哪些内容需要修改') && text(page).includes('请补充材料') && text(page).includes('不退回了'))
  await page.instance.say(sending({}, { words: '请补充材料' }))
  await page.instance.tick(sending({ value: ['need'] }))
  await page.instance.submit()
  const acts = phone.asked.filter((one) => one.verb === 'post')
  assert.deepEqual(acts.map((one) => one.body), [{ action: 'return', seen: 3, opinion: '请补充材料', choice: '', marks: { need: '请补充材料' }, organisation: null, person: null }])
})

test('a transfer offers where to, and a claim is one tap', async () => {
  begin({ ...EVERYTHING, [`post desk/cases/${given.LINE.id}/acts`]: ok(given.MOVED) }, IN)
  const page = await open('desk-case', { id: given.LINE.id })
  await page.instance.choose(sending({}, { action: 'transfer' }))
  await settle()
  assert.ok(text(page).includes('西区窗口'))
  await page.instance.leave()
  await page.instance.choose(sending({}, { action: 'claim' }))
  assert.equal((phone.asked.find((one) => one.verb === 'post')?.body as { action: string }).action, 'claim')
})

test('lists go on where they ended', async () => {
  begin(EVERYTHING, IN)
  const page = await open('desk')
  phone.answers['get desk/todo'] = ok({ ...given.TODO, next: null, items: [{ ...given.TODO.items[0], id: '01970000-0000-7000-8000-0000000000ff', subject: '第二件' }] })
  await page.instance.onReachBottom()
  await settle()
  assert.ok(text(page).includes('子女入学') && text(page).includes('第二件'))
  assert.equal(phone.asked.at(-1)?.query.after, given.TODO.next)
  phone.answers['get desk/todo'] = ok(given.TODO)
})

test('a route says each stage by mark and word, not by colour alone', async () => {
  begin()
  const drawn = component('components/route/route', { route: given.STORY.route })
  await settle()
  for (const word of ['✓', '已办', '●', '办理中', '○', '未开始']) assert.ok(text(drawn).includes(word), word)
})

test('files are sent one by one to the field that asks, named in its value, looked at, and taken off again', async () => {
  const sent = { ...given.PROOF, id: '01970000-0000-7000-8000-00000000000d', name: '成绩单.pdf' }
  begin({ ...EVERYTHING, 'post dossier/education/files': { status: 201, data: sent }, 'post dossier/education/rows': ok(given.DOSSIER), [`get files/${sent.id}`]: ok('/tmp/kept.pdf') }, IN)
  const field = component('components/field/field', { shape: given.SECTION.form[2], values: { proof: [given.PROOF.id] }, files: [given.PROOF], place: { dossier: 'education' } })
  await settle()
  await field.instance.document() // she thinks better of it
  assert.equal(phone.asked.length, 0)
  phone.picked = [{ path: '/tmp/chosen.pdf', name: '成绩单.pdf', size: 1000 }]
  await field.instance.document()
  assert.deepEqual(phone.asked.at(-1)?.body, { field: 'proof', name: '成绩单.pdf', file: '/tmp/chosen.pdf' })
  assert.equal(phone.asked.at(-1)?.header.Authorization, 'Bearer held')
  assert.deepEqual([field.instance.data.value, field.instance.data.sending], [[given.PROOF.id, sent.id], ''])
  await field.instance.look(sending({}, { id: sent.id }))
  assert.deepEqual(phone.opened, ['/tmp/kept.pdf'])
  await field.instance.drop(sending({}, { id: given.PROOF.id }))
  assert.deepEqual(field.instance.data.value, [sent.id])
})

test('a file that is refused, too large or cut off is said beside its field, and what was there stays', async () => {
  begin({ ...EVERYTHING, 'post dossier/education/files': { status: 415, data: given.refused('file_kind', '没有收下。', { proof: '图.gif：只能上传照片和 PDF。' }) } }, IN)
  const field = component('components/field/field', { shape: given.SECTION.form[2], values: { proof: [given.PROOF.id] }, files: [given.PROOF], place: { dossier: 'education' } })
  await settle()
  phone.picked = [{ tempFilePath: '/tmp/图.gif', size: 1000 }]
  await field.instance.photo()
  await settle()
  assert.ok(text(field).includes('图.gif：只能上传照片和 PDF。') && text(field).includes('学位证.pdf'))
  phone.picked = [{ path: '/tmp/big.pdf', name: '大.pdf', size: 11_000_000 }]
  phone.asked = []
  await field.instance.document()
  assert.deepEqual([phone.asked, String(field.instance.data.refused).startsWith('大.pdf：文件超过 10 MB')], [[], true])
  phone.answers = {}
  phone.picked = [{ tempFilePath: '/tmp/photo.jpg', size: 1000 }]
  await field.instance.photo()
  assert.deepEqual([field.instance.data.refused, field.instance.data.value], ['网络已断开', [given.PROOF.id]])
})

test('a booking takes its files along to the service, the answer to a return to the case', async () => {
  begin(EVERYTHING, IN)
  assert.deepEqual((await open('request', { service: given.SERVICE.id })).instance.data.place, { service: given.SERVICE.id })
  begin(EVERYTHING, IN)
  assert.deepEqual((await open('request', { case: given.LINE.id })).instance.data.place, { booking: given.LINE.id })
})

test('a unit is found by the words of its name', async () => {
  begin(EVERYTHING, IN)
  const field = component('components/field/field', { shape: given.REGISTRATION.form[1], values: {} })
  await settle()
  field.instance.data.typed = '星湖'
  await field.instance.find()
  await settle()
  assert.ok(text(field).includes('星湖大学'))
  assert.deepEqual(phone.asked.at(-1)?.query, { words: '星湖' })
})

test('who registers is in at once, with her WeChat; what is wrong stands beside its field and nothing is lost', async () => {
  begin({ ...EVERYTHING, 'post register': { status: 400, data: given.refused('invalid', '有内容需要修改。', { agreed: '请先阅读并同意。' }) } })
  const page = await open('register')
  await page.instance.changed(sending({ field: 'name', value: '周敏' }))
  await page.instance.submit()
  await settle()
  assert.ok(text(page).includes('请先阅读并同意。'))
  phone.answers['post register'] = { status: 201, data: { ...given.ENTERED, case: null } }
  await page.instance.tick(sending({ checked: true }))
  await page.instance.submit()
  assert.deepEqual(phone.asked.at(-1)?.body, { form: { name: '周敏' }, terms_version: '1', wechat_code: 'wx-2' })
  assert.deepEqual([phone.kept['token.somewhere'], phone.led.at(-1)], ['fresh', '/pages/dossier/dossier'])
  assert.ok(!JSON.stringify(phone.kept).includes('周敏'))
})

test('a day pass is prepared once, kept on the phone, and rolls where there is no network', async () => {
  const today = { ...given.DAY_PASS, made: new Date(Date.now()).toISOString(), ends: new Date(Date.now() + 3600_000).toISOString() }
  begin({ ...EVERYTHING, 'post day-pass': { status: 201, data: { id: today.id } }, [`get day-pass/${today.id}`]: ok(today) }, { ...IN })
  const choice = await open('day-pass')
  await choice.instance.bring(sending({ value: 1 }, { venue: given.OFFER.venue }))
  await choice.instance.prepare(sending({}, { venue: given.OFFER.venue }))
  assert.deepEqual(phone.asked.at(-1)?.body, { venue: given.OFFER.venue, companions: 1 })
  assert.equal(phone.led.at(-1), `/pages/ticket/ticket?id=${today.id}`)
  const first = await open('ticket', { id: today.id })
  await first.instance.stop()
  phone.answers = {}
  const page = await open('ticket', { id: today.id })
  assert.ok(text(page).includes('现在没有网络，通行证照常可用'))
  assert.match(String(page.instance.data.text), /^DTOKEN[0-9A-HJKMNP-TV-Z]{8}$/)
  assert.match(String(page.instance.data.digits), /^\d{3} \d{3}$/)
  phone.answers = { [`get day-pass/${today.id}`]: ok({ ...today, state: 'used', token: '', own: '', visit: given.VISIT.id }) }
  await page.instance.ask()
  await page.instance.stop()
  await settle()
  assert.ok(text(page).includes('这张通行证已在城市博物馆核对使用。'))
  assert.deepEqual(phone.kept['passes.somewhere'], {})
})

test('a pass of yesterday shows no code any more, and logging out takes the others along', async () => {
  begin({}, { ...IN, 'passes.somewhere': { [given.DAY_PASS.id]: { ...given.DAY_PASS, ends: '2026-11-20T16:00:00Z', behind: 0 } } })
  const page = await open('ticket', { id: given.DAY_PASS.id })
  await page.instance.stop()
  assert.ok(text(page).includes('这张通行证已过当天') && !text(page).includes('请工作人员扫码'))
  phone.kept['passes.somewhere'] = { other: given.DAY_PASS }
  await (await open('me')).instance.logOut()
  assert.equal(phone.kept['passes.somewhere'], undefined)
})

test('what was typed outlives a session that ended: led to the login, back, and sent under the same key', async () => {
  begin({ ...EVERYTHING, 'post bookings': { status: 401, data: given.refused('not_logged_in', '请先登录。') }, 'post login/wechat': { status: 401, data: given.refused('wechat_not_bound', '还没有绑定。') } }, { ...IN })
  const page = await open('request', { service: given.SERVICE.id })
  await page.instance.changed(sending({ field: 'need', value: '孩子入学' }))
  await page.instance.review()
  await page.instance.submit()
  assert.deepEqual(phone.led, ['/pages/login/login'])
  const before = phone.asked.length
  phone.kept['token.somewhere'] = 'fresh'
  phone.answers['post bookings'] = { status: 201, data: given.MOVED }
  await page.instance.onShow()
  assert.deepEqual([phone.asked.length, page.instance.data.problem], [before, null])
  await page.instance.submit()
  const sent = phone.asked.filter((one) => one.path === 'bookings')
  assert.deepEqual(sent.map((one) => (one.body as { form: object }).form), [{ need: '孩子入学' }, { need: '孩子入学' }])
  assert.equal(new Set(sent.map((one) => one.header['Idempotency-Key'])).size, 1)
  assert.equal(phone.led.at(-1), `/pages/case/case?id=${given.LINE.id}`)
})

test("a code that WeChat took already is replaced once, and the phone button's own code is not asked for again", async () => {
  let tried = 0
  begin({ ...EVERYTHING, 'post login/phone': () => (tried++ ? ok(given.ENTERED) : { status: 401, data: given.refused('wechat_code_invalid', '微信登录信息已失效。') }) })
  const page = await open('login')
  assert.equal(phone.codes, 1) // before the button, so that its session is the one that WeChat keeps
  await page.instance.byButton(sending({ code: 'button' }))
  assert.deepEqual(phone.asked.filter((one) => one.verb === 'post').map((one) => one.body), [{ phone_code: 'button', wechat_code: 'wx-1' }, { phone_code: 'button', wechat_code: 'wx-2' }])
  assert.equal(phone.kept['token.somewhere'], 'fresh')
})

test('an older WeChat gives no code with its phone button but sealed data, which goes with the code from before the button', async () => {
  begin({ ...EVERYTHING, 'post login/phone': ok(given.ENTERED) })
  const page = await open('login')
  await page.instance.byButton(sending({ encryptedData: 'sealed', iv: 'iv' }))
  assert.deepEqual(phone.asked.filter((one) => one.verb === 'post').map((one) => one.body), [{ encrypted_data: 'sealed', iv: 'iv', wechat_code: 'wx-1' }])
})

test('a wrong password is no reason to come in by WeChat', async () => {
  begin({ ...EVERYTHING, 'post login/password': { status: 401, data: given.refused('login_wrong', '用户名或密码不对。') }, 'post login/wechat': ok(given.ENTERED) })
  const page = await open('login')
  await page.instance.choose(sending({ value: 'password' }))
  await page.instance.submit()
  await settle()
  assert.ok(text(page).includes('用户名或密码不对。'))
  assert.deepEqual(phone.asked.filter((one) => one.path === 'login/wechat'), [])
})

test('every trouble says whom to call, and the answer to an earlier question is not shown over a later one', async () => {
  let first: (() => void) | undefined
  begin({ ...EVERYTHING, 'get desk/today': { status: 503, data: given.refused('unavailable', '暂时用不了。') } }, { ...IN, 'phone.somewhere': '0000-5230000' })
  const page = await open('today')
  assert.ok(text(page).includes('暂时用不了。') && text(page).includes('致电 0000-5230000'))
  const { show } = await import('../src/frame')
  const drawn: unknown[] = []
  const there = { setData: (data: Record<string, unknown>) => { if ('found' in data) drawn.push(data.found) } }
  const late = show(there, () => new Promise((resolve) => { first = () => resolve({ found: 'first' }) }))
  await show(there, () => Promise.resolve({ found: 'second' }))
  first?.()
  await late
  assert.deepEqual(drawn, ['second'])
})

test('when the network is there again the page that waits for it asks by itself', async () => {
  begin({}, IN)
  const page = await open('cases')
  assert.ok(text(page).includes('网络已断开'))
  phone.answers = EVERYTHING
  phone.pages = [{ ...page.instance, data: page.instance.data, load: () => page.instance.load() } as unknown as { route: string }]
  ;(await import('../src/reading')).askAgain()
  await settle()
  assert.ok(text(page).includes('子女入学'))
})

test('supervision narrows to one office and back', async () => {
  begin(EVERYTHING, IN)
  const page = await open('overdue')
  await page.instance.choose(sending({}, { id: given.WINDOWS.items[0].id }))
  await settle()
  assert.deepEqual(phone.asked.at(-1)?.query, { organisation: given.WINDOWS.items[0].id, page: '1' })
  assert.ok(text(page).includes('看全部机构'))
})

test('consent to be told is asked by the tap that submits, reported, and never in the way of it', async () => {
  const asked = { items: [{ template: 't1', about: '受理', left: 0 }, { template: 't2', about: '办结', left: 1 }] }
  begin({ ...EVERYTHING, 'get consents': ok(asked), 'post consents': ok({ counted: 1 }), 'post bookings': { status: 201, data: given.MOVED } }, IN)
  phone.subscribes = { t1: 'accept', t2: 'reject' }
  const page = await open('request', { service: given.SERVICE.id })
  await page.instance.submit()
  await settle()
  assert.deepEqual(phone.subscriptions, [['t1', 't2']])
  assert.deepEqual(phone.asked.find((one) => one.verb === 'post' && one.path === 'consents')?.body, { answers: { t1: 'accept', t2: 'reject' } })
  assert.equal(phone.led.at(-1), `/pages/case/case?id=${given.LINE.id}`)
  phone.subscribes = null
  const again = await open('request', { service: given.SERVICE.id })
  await again.instance.submit()
  assert.equal(phone.asked.filter((one) => one.path === 'bookings').length, 2)
})

test('which SMS come is chosen', async () => {
  begin({ ...EVERYTHING, 'post me/sms': ok({ done: true }) }, IN)
  const page = await open('choices')
  await page.instance.choose(sending({ value: [] }))
  await page.instance.save()
  assert.deepEqual(phone.asked.at(-1)?.body, { on: [] })
})

test('a copy of what is kept of her is ordered, waited for, and opened', async () => {
  begin({ ...EVERYTHING, 'post me/data/copies': ok({ done: true }) }, IN)
  const page = await open('data')
  await page.instance.order()
  assert.deepEqual(phone.asked.find((one) => one.verb === 'post')?.body, { kind: 'mine.pdf' })
  await page.instance.open(sending({}, { id: given.MY_DATA.copies[0].id }))
  assert.deepEqual(phone.opened, ['/tmp/copy.pdf'])
})

test('who wants to leave reads what is erased, proves that it is she, and finds her request among her cases', async () => {
  begin({ ...EVERYTHING, 'post me/closing/code': ok({ challenge: 'c1' }), 'post me/closing': { status: 201, data: given.MOVED } }, IN)
  const page = await open('closing')
  await page.instance.sendCode()
  await page.instance.write(sending({ value: '123456' }, { name: 'code' }))
  await page.instance.submit()
  assert.deepEqual(phone.asked.at(-1)?.body, { reason: '', code: '123456', challenge: 'c1' })
  assert.equal(phone.led.at(-1), `/pages/case/case?id=${given.LINE.id}`)
  begin({ ...EVERYTHING, 'get me/closing': ok({ ...given.CLOSING, in_the_way: ['还有 1 件办件没有办结。'] }) }, IN)
  const stopped = text(await open('closing'))
  assert.ok(stopped.includes('还有 1 件办件没有办结。') && !stopped.includes('申请注销账号'))
})

test('an application: what is lacking leads to its section, what was typed stays, the look at it all, and one case', async () => {
  begin({ ...EVERYTHING, 'post apply/pool/submit': { status: 201, data: given.MOVED } }, IN)
  const page = await open('matter', { matter: 'pool' })
  assert.ok(!text(page).includes('下一步：核对'))
  await page.instance.changed(sending({ field: 'unit', value: 'u1' }))
  await page.instance.fill(sending({}, { section: 'education' }))
  assert.equal(phone.led.at(-1), '/pages/section/section?section=education')
  phone.answers['get apply/pool'] = ok({ ...given.MATTER, gaps: [] })
  await page.instance.onShow()
  await settle()
  assert.ok(text(page).includes('下一步：核对') && text(page).includes('已填写完整'))
  assert.deepEqual(page.instance.data.values, { unit: 'u1' })
  await page.instance.review()
  await settle()
  assert.ok(text(page).includes('请核对下面的内容') && text(page).includes('一并提交的人才信息') && text(page).includes('教育经历'))
  await page.instance.submit()
  assert.deepEqual(phone.asked.at(-1)?.body, { seen: 2, form: { unit: 'u1' } })
  assert.equal(phone.led.at(-1), `/pages/case/case?id=${given.LINE.id}`)
})

test('what is in force is copied by one tap before a card is applied for', async () => {
  begin({ ...EVERYTHING, 'get apply/pool': ok({ ...given.MATTER, gaps: [], synchronises: true }), 'post apply/pool/sync': ok({ version: 3 }) }, IN)
  const page = await open('matter', { matter: 'pool' })
  assert.ok(text(page).includes('系统会自动取用') && !text(page).includes('下一步：核对'))
  phone.answers['get apply/pool'] = ok({ ...given.MATTER, gaps: [], synchronises: true, synchronised: 2 })
  await page.instance.synchronise()
  await settle()
  assert.deepEqual(phone.asked.find((one) => one.verb === 'post')?.body, { seen: 2 })
  assert.ok(text(page).includes('人才信息第 2 版，与入库版本一致。') && text(page).includes('下一步：核对'))
})

const RETURNED = { ...given.STORY, state: 'returned', service_id: null, values: { unit: 'u1' }, buttons: [{ action: 'resubmit', label: '修改', opinion: 'none', choices: {} }], submitted: { ...given.SUBMITTED, parts: given.PARTS } }

test('a returned application shows what was marked wherever it stands, and leads to where it is mended', async () => {
  begin({ ...EVERYTHING, [`get ${booking}`]: ok(RETURNED) }, IN)
  const page = await open('case', { id: given.LINE.id })
  assert.ok(text(page).includes('教育经历 第 1 条 · 学校：请写全称'), text(page))
  assert.ok(text(page).includes('一并提交的人才信息') && text(page).includes('按意见修改并重新提交，东区窗口会接着办理'))
  await page.instance.correct()
  assert.equal(phone.led.at(-1), `/pages/answer/answer?case=${given.LINE.id}`)
})

test('the answer to a return: the way to the row, what was typed stays, both forms go back at the version that was seen', async () => {
  begin({ ...EVERYTHING, [`post ${booking}/answer`]: ok(given.MOVED) }, IN)
  const page = await open('answer', { case: given.LINE.id })
  assert.ok(text(page).includes('星湖大学')) // the unit that was chosen has its name
  await page.instance.changed(sending({ field: 'account.name', value: '周岷' }))
  await page.instance.mend(sending({}, { section: 'education', number: 1 }))
  assert.equal(phone.led.at(-1), '/pages/section/section?section=education&number=1')
  phone.answers[`get ${booking}/answer`] = ok({ ...given.RETURNED, version: 3, marks: [{ ...given.RETURNED.marks[0], mended: true }] })
  await page.instance.onShow()
  await settle()
  assert.ok(text(page).includes('已修改'))
  await page.instance.submit()
  assert.deepEqual(phone.asked.at(-1)?.body, { seen: 3, form: { 'account.name': '周岷', unit: 'u1' } })
  assert.deepEqual([phone.said, phone.led.at(-1)], [['已重新提交，审核机构会接着办理。'], `/pages/case/case?id=${given.LINE.id}`])
})

test('what is still lacking stands in the way of the answer, and what was answered meanwhile leads to its case', async () => {
  begin({ ...EVERYTHING, [`get ${booking}/answer`]: ok({ ...given.RETURNED, gaps: given.MATTER.gaps }) }, IN)
  const page = await open('answer', { case: given.LINE.id })
  assert.ok(text(page).includes('教育经历：请填写学校。') && !text(page).includes('重新提交'))
  begin({ ...EVERYTHING, [`get ${booking}/answer`]: ok({ ...given.RETURNED, allowed: false }) }, IN)
  await open('answer', { case: given.LINE.id })
  assert.deepEqual(phone.led, [`/pages/case/case?id=${given.LINE.id}`])
})

test('a row that is to be mended opens at once, and saving it leads back', async () => {
  begin({ ...EVERYTHING, 'post dossier/education/rows': ok(given.DOSSIER) }, IN)
  phone.pages = [{ route: 'pages/answer/answer' }, { route: 'pages/section/section' }]
  const page = await open('section', { section: 'education', number: '1' })
  assert.deepEqual([page.instance.data.editing, page.instance.data.number], [true, 1])
  await page.instance.save()
  assert.equal(phone.led.at(-1), 'back')
})

test('a title is typed freely, and official ones are offered', async () => {
  begin(EVERYTHING, IN)
  const field = component('components/field/field', { shape: given.SECTION.form[3], values: { title: '泰山' }, offered: [{ value: '泰山学者', label: '泰山学者' }] })
  await settle()
  assert.deepEqual(field.instance.data.suggested, ['泰山学者'])
  await field.instance.adopt(sending({}, { value: '泰山学者' }))
  assert.equal(field.instance.data.value, '泰山学者')
})

test('a case that ended tells its result, offers its paper where it was applied for, and a new booking where it was one', async () => {
  begin({ ...EVERYTHING, [`get ${booking}`]: ok({ ...RETURNED, state: 'completed', result: '认定为 C 类', buttons: [] }), [`get ${booking}/print`]: ok('/tmp/paper.pdf') }, IN)
  const page = await open('case', { id: given.LINE.id })
  assert.ok(text(page).includes('办理结果：认定为 C 类。由东区窗口办结。') && !text(page).includes('重新预约'))
  await page.instance.print()
  assert.deepEqual(phone.opened, ['/tmp/paper.pdf'])
  begin({ ...EVERYTHING, [`get ${booking}`]: ok({ ...given.STORY, state: 'withdrawn', buttons: [] }) }, IN)
  const withdrawn = await open('case', { id: given.LINE.id })
  assert.ok(text(withdrawn).includes('您已撤回这次预约。') && !text(withdrawn).includes('下载打印申请表'))
  await withdrawn.instance.again()
  assert.equal(phone.led.at(-1), `/pages/service/service?id=${given.SERVICE.id}`)
})

test('at the desk the sections are read with what changed, and a return marks their fields', async () => {
  const story = { ...given.DESK_STORY, submitted: { ...given.SUBMITTED, parts: given.PARTS, compared: true, changes: 2, why: '由申请人所在单位办理' }, looking: ['林审核'] }
  begin({ ...EVERYTHING, [`get desk/cases/${given.LINE.id}`]: ok(story), [`post desk/cases/${given.LINE.id}/acts`]: ok(given.MOVED) }, IN)
  const page = await open('desk-case', { id: given.LINE.id })
  for (const word of ['教育经历', '有变动', '2 处有变动', '由申请人所在单位办理', '林审核 正在看这个办件']) assert.ok(text(page).includes(word), word)
  const parts = component('components/parts/parts', { parts: given.PARTS, compared: true })
  await settle()
  assert.ok(!text(parts).includes('海洋大学'))
  await parts.instance.fold(sending({}, { section: 'education' }))
  await settle()
  for (const word of ['海洋大学', '原为：海大', '请写全称', '第 2 条', '新增', '学位证.pdf', '已删除的一条', '旧校']) assert.ok(text(parts).includes(word), word)
  await page.instance.choose(sending({}, { action: 'return' }))
  await page.instance.tick(sending({ value: ['need'] }))
  await page.instance.mark(sending({ marked: ['need', 'education.1.school'] }))
  await page.instance.write(sending({ value: '请写全称' }, { name: 'opinion' }))
  await page.instance.submit()
  assert.deepEqual((phone.asked.find((one) => one.verb === 'post')?.body as { marks: object }).marks, { need: '请写全称', 'education.1.school': '请写全称' })
})

test('after an act the next case is one tap away; what only the desk can do is said', async () => {
  const other = '01970000-0000-7000-8000-0000000000fe'
  begin({
    ...EVERYTHING, [`post desk/cases/${given.LINE.id}/acts`]: ok(given.MOVED), 'get desk/todo': ok({ ...given.TODO, items: [given.TODO.items[0], { ...given.TODO.items[0], id: other }] }),
    [`get desk/cases/${given.LINE.id}`]: ok({ ...given.DESK_STORY, buttons: [...given.DESK_STORY.buttons, { action: 'send_on', label: '汇总提交', opinion: 'none', choices: {} }] }),
  }, IN)
  const page = await open('desk-case', { id: given.LINE.id })
  assert.ok(text(page).includes('请在电脑上办理：汇总提交'))
  await page.instance.choose(sending({}, { action: 'approve' }))
  await page.instance.submit()
  await settle()
  assert.ok(text(page).includes('下一环节是预审，仍由您的机构办理') && text(page).includes('办下一件'))
  await page.instance.next()
  assert.equal(phone.led.at(-1), `/pages/desk-case/desk-case?id=${other}`)
})

const FAR = { ...given.WINDOWS.items[0], id: '01970000-0000-7000-8000-0000000000f1', name: '西区窗口', district: '西区', district_code: 'west', address: '港湾路 9 号', position: [37.5, 121.4] as [number, number], next_closed: null }
const LOST = { ...FAR, id: '01970000-0000-7000-8000-0000000000f2', name: '南区窗口', position: null }

test('windows stand nearest first once she lets the phone know where she is, and the product never hears of it', async () => {
  begin({ ...EVERYTHING, 'get windows': ok({ items: [LOST, FAR, given.WINDOWS.items[0]] }) })
  phone.position = { latitude: 37.5, longitude: 122.08 }
  const page = await open('windows')
  await page.instance.find()
  await settle()
  const shown = text(page)
  assert.deepEqual((page.instance.data.windows as { name: string }[]).map((one) => one.name), ['东区窗口', '西区窗口', '南区窗口'])
  assert.ok(shown.includes('约 2 公里') && shown.includes('约 60 公里') && shown.includes('按离您的远近排列'))
  assert.ok(!JSON.stringify(phone.asked).includes('122.08'))
})

test('without leave to know it the districts decide, and the way to WeChat’s settings is there', async () => {
  begin(EVERYTHING)
  const page = await open('windows')
  await page.instance.find()
  await settle()
  assert.ok(text(page).includes('没有得到位置权限，请按区县选择窗口。') && text(page).includes('去允许使用位置'))
  await page.instance.allow()
  assert.equal(phone.settings, 1)
  phone.position = 'getFuzzyLocation:fail system error'
  await page.instance.find()
  await settle()
  assert.ok(text(page).includes('暂时定位不到') && !text(page).includes('去允许使用位置'))
})

test('a window is looked for by name or address', async () => {
  begin({ ...EVERYTHING, 'get windows': ok({ items: [FAR, given.WINDOWS.items[0]] }) })
  const page = await open('windows')
  await page.instance.write(sending({ value: '文化路' }))
  await settle()
  assert.ok(text(page).includes('东区窗口') && !text(page).includes('西区窗口'))
  await page.instance.write(sending({ value: '没有的' }))
  await settle()
  assert.ok(text(page).includes('没有找到这样的窗口') && text(page).includes('0000-5230000'))
})

test('a booking takes the nearest window that does it, with its district, and lists them by distance', async () => {
  begin({ ...EVERYTHING, [`get ${service}/windows`]: ok({ items: [FAR, given.WINDOWS.items[0]] }) }, IN)
  phone.position = { latitude: 37.5, longitude: 122.1 }
  const page = await open('request', { service: given.SERVICE.id })
  await page.instance.find()
  await settle()
  assert.deepEqual(page.instance.data.values, { place: 'east', window: given.WINDOWS.items[0].id, time: '' })
  assert.ok(text(page).includes('已为您选了最近的窗口，1 公里以内。可以在下面改选。'))
  const offered = (page.instance.data.offered as Record<string, { label: string; note: string }[]>).window
  assert.deepEqual(offered.map((one) => one.label), ['东区窗口', '西区窗口'])
  assert.ok(offered[1].note.startsWith('约 62 公里 · 现在开放'))
  assert.equal(phone.asked.at(-1)?.path, `${service}/slots`)
})

test('where fewer than two windows are on the map nobody is asked where she is', async () => {
  begin(EVERYTHING, IN)
  assert.ok(!text(await open('request', { service: given.SERVICE.id })).includes('找离我最近的窗口'))
})

test('the to-do list is read by step, and an empty part says what waits elsewhere', async () => {
  begin({ ...EVERYTHING, 'get desk/todo': (asked) => ok(asked.query.step ? { ...given.TODO, next: null, items: [] } : given.TODO) }, IN)
  const page = await open('desk')
  await page.instance.choose(sending({ value: 'review' }))
  await settle()
  assert.equal(phone.asked.at(-1)?.query.step, 'review')
  assert.ok(text(page).includes('这里没有待办') && text(page).includes('其他环节还有 2 件。'))
  await page.instance.clear()
  await settle()
  assert.ok(text(page).includes('子女入学'))
})

test('a specialist is chosen where a talent is bound to one, and paper is confirmed by one tap', async () => {
  const story = {
    ...given.DESK_STORY, submitted: { ...given.SUBMITTED, paper: ['业绩佐证材料'] },
    buttons: [{ action: 'bind', label: '绑定', opinion: 'none', choices: {} }, { action: 'confirm_paper', label: '确认收到纸质材料', opinion: 'none', choices: {} }],
  }
  begin({
    ...EVERYTHING, [`get desk/cases/${given.LINE.id}`]: ok(story), [`post desk/cases/${given.LINE.id}/acts`]: ok(given.MOVED),
    [`get desk/cases/${given.LINE.id}/specialists`]: ok({ items: [{ id: 'p1', name: '冯专员', bound: 3 }] }),
  }, IN)
  const page = await open('desk-case', { id: given.LINE.id })
  assert.ok(text(page).includes('线下提交的纸质材料') && text(page).includes('业绩佐证材料'))
  await page.instance.choose(sending({}, { action: 'bind' }))
  await settle()
  assert.ok(text(page).includes('冯专员') && text(page).includes('现服务 3 人'))
  await page.instance.write(sending({ value: 'p1' }, { name: 'person' }))
  await page.instance.submit()
  await page.instance.choose(sending({}, { action: 'confirm_paper' }))
  assert.deepEqual(phone.asked.filter((one) => one.verb === 'post').map(({ body }) => body as { action: string; person: string | null }).map(({ action, person }) => [action, person]), [['bind', 'p1'], ['confirm_paper', null]])
})

test('who has no card yet is told what one opens and how to come by it; what waits for her stands on the first page', async () => {
  begin({ ...EVERYTHING, 'get me': ok({ ...given.ME, card: null, entitlements: [] }), 'get bookings': ok({ items: [{ ...given.LINE, state: 'returned' }] }) }, IN)
  const page = await open('home')
  for (const word of ['您还没有英才卡', '领卡后，可以预约服务', '填写人才信息、申报', '退回待修改，请按意见修改后重新提交', '各级卡能用的场所和服务']) assert.ok(text(page).includes(word), word)
})

test('a class that recognition gave stands where a card would, and leads to the case that decided it', async () => {
  const standing = { label: 'C 类人才', organisation: '人才中心', at: given.VISIT.at, case: given.LINE.id, number: '20261101-0003' }
  begin({ ...EVERYTHING, 'get region': ok({ ...given.HERE, issues_cards: false, channel: false }), 'get me': ok({ ...given.ME, card: null, entitlements: [], standing }) }, IN)
  const page = await open('card')
  for (const word of ['C 类人才', '人才中心', '20261101-0003']) assert.ok(text(page).includes(word), word)
  await page.instance.result()
  assert.equal(phone.led.at(-1), `/pages/case/case?id=${given.LINE.id}`)
  phone.answers['get me'] = ok({ ...given.ME, card: null, entitlements: [], standing: null })
  const none = await open('card')
  assert.ok(text(none).includes('申报审核通过后，认定的类别会显示在这里。') && text(none).includes('去申报'))
})

test('a service says whether my card opens it before anything is filled in', async () => {
  const mine: typeof given.SERVICE.mine = { level: 'C 类', usable: true, why: '', other_level: false, given: given.ME.entitlements[0] }
  begin({ ...EVERYTHING, [`get ${service}`]: ok({ ...given.SERVICE, used_at: 'museum', mine }) }, IN)
  const good = text(await open('service', { id: given.SERVICE.id }))
  assert.ok(good.includes('您的卡（C 类）可以使用这项服务。') && good.includes('博物馆：2026 年还能用') && good.includes('还剩 7 次') && good.includes('在线申请'))
  phone.answers[`get ${service}`] = ok({ ...given.SERVICE, mine: { ...mine, usable: false, other_level: true, given: null } })
  const other = text(await open('service', { id: given.SERVICE.id }))
  assert.ok(other.includes('这项服务面向A 类持卡人，您的卡（C 类）不含此项服务。') && !other.includes('在线申请'))
})

test('what each level gives is read without a card, level by level', async () => {
  const ofLevel = { ...given.PRIVILEGES, mine: false, given: given.PRIVILEGES.given.map((one) => ({ ...one, used: null, left: null })) }
  begin({ ...EVERYTHING, 'get privileges': ok(ofLevel) })
  const page = await open('privileges')
  for (const word of ['持C 类英才卡，每年可以使用：', '每年 10 次', 'A 类', '登录查看我的次数']) assert.ok(text(page).includes(word), word)
  await page.instance.choose(sending({ value: 'a' }))
  assert.equal(phone.asked.filter((one) => one.path === 'privileges').at(-1)?.query.level, 'a')
})

test('what waits for her stands first among her cases, and a region without bookings leads to what may be applied for', async () => {
  begin({ ...EVERYTHING, 'get bookings': ok({ items: [given.LINE, { ...given.LINE, id: given.VISIT.id, subject: '退回的一件', state: 'returned' }] }) }, IN)
  const page = await open('cases')
  assert.ok(text(page).indexOf('退回的一件') < text(page).indexOf('子女入学'))
  begin({ ...EVERYTHING, 'get region': ok({ ...given.HERE, channel: false }), 'get bookings': ok({ items: [] }) }, IN)
  const empty = await open('cases')
  assert.ok(text(empty).includes('提交申报后，可以在这里查看审核进度。'))
  await empty.instance.look()
  assert.equal(phone.led.at(-1), '/pages/apply/apply')
})

test('a number is changed in two steps: a code to the present one, then one to the new', async () => {
  begin({ ...EVERYTHING, 'post me/phone/present/code': ok({ challenge: 'c1' }), 'post me/phone/present': ok({ done: true }), 'post me/phone/code': ok({ challenge: 'c2' }), 'post me/phone': ok({ done: true }) }, IN)
  const page = await open('secure', { what: 'phone' })
  const write = (name: string, value: string): unknown => page.instance.write(sending({ value }, { name }))
  await page.instance.sendCode()
  await write('code', '111111')
  phone.answers['get me/security'] = ok({ ...given.SECURITY, opened: true })
  await page.instance.proveNumber()
  await settle()
  assert.ok(text(page).includes('填写新手机号'))
  await write('phone', '19900000002')
  await page.instance.sendCode()
  await write('code', '222222')
  await page.instance.changeNumber()
  const sent = phone.asked.filter((one) => one.verb === 'post').map((one) => [one.path, one.body])
  assert.deepEqual(sent, [['me/phone/present/code', {}], ['me/phone/present', { challenge: 'c1', code: '111111' }], ['me/phone/code', { phone: '19900000002' }], ['me/phone', { phone: '19900000002', challenge: 'c2', code: '222222' }]])
  assert.deepEqual(phone.said, ['手机号已更换，其他设备已退出登录。'])
})

test('a new password is typed twice alike, ends every session, and leads to the login', async () => {
  begin({ ...EVERYTHING, 'post me/password': ok({ done: true }) }, { ...IN })
  const page = await open('secure', { what: 'password' })
  for (const [name, value] of [['old', 'before'], ['password', 'Lan-Shan-2026'], ['again', 'Lan-Shan-2027']]) await page.instance.write(sending({ value }, { name }))
  await page.instance.changePassword()
  await settle()
  assert.ok(text(page).includes('两次输入的新密码不一致') && phone.asked.every((one) => one.verb === 'get'))
  await page.instance.write(sending({ value: 'Lan-Shan-2026' }, { name: 'again' }))
  await page.instance.changePassword()
  assert.deepEqual(phone.asked.at(-1)?.body, { old: 'before', password: 'Lan-Shan-2026' })
  assert.deepEqual([phone.kept['token.somewhere'], phone.led], [undefined, ['/pages/login/login']])
})

test('an address and a login name are given with the password; a refusal stands beside its field', async () => {
  begin({ ...EVERYTHING, 'post me/email/code': ok({ challenge: 'c1' }), 'post me/email': ok({ done: true }), 'post me/login-name': { status: 400, data: given.refused('invalid', '有内容需要修改。', { old: '密码不正确。' }) } }, IN)
  const page = await open('secure', { what: 'email' })
  for (const [name, value] of [['email', 'a@example.com'], ['code', '111111'], ['old', 'secret']]) await page.instance.write(sending({ value }, { name }))
  await page.instance.sendCode()
  await page.instance.changeEmail()
  assert.deepEqual(phone.asked.at(-1)?.body, { email: 'a@example.com', challenge: 'c1', code: '111111', old: 'secret' })
  const name = await open('secure', { what: 'name' })
  await name.instance.changeName()
  await settle()
  assert.ok(text(name).includes('密码不正确。') && text(name).includes('zhoumin'))
})

test('who leaves everywhere is asked first, and this phone forgets its login too', async () => {
  begin({ ...EVERYTHING, 'post me/log-out-everywhere': ok({ done: true }) }, { ...IN })
  const page = await open('settings')
  await page.instance.leaveEverywhere()
  assert.deepEqual([phone.kept['token.somewhere'], phone.led], [undefined, ['/pages/login/login']])
})

test('a newer version in force is copied again, after a look at what is otherwise in it', async () => {
  begin({ ...EVERYTHING, 'get apply/pool': ok({ ...given.MATTER, gaps: [], synchronises: true, synchronised: 1, outdated: true, changed: given.PARTS.slice(1) }) }, IN)
  const page = await open('matter', { matter: 'pool' })
  assert.ok(text(page).includes('再次同步') && text(page).includes('教育经历') && text(page).includes('有变动'))
})

test('a pass says that its digits are old while the network is bad', async () => {
  begin(EVERYTHING, IN)
  const page = await open('pass', { id: given.VISIT.id })
  delete phone.answers[`get ${visit}/code`]
  await page.instance.roll()
  await settle()
  assert.ok(text(page).includes('123 456') && text(page).includes('网络不通，数字没有更新，正在重试'))
  phone.answers[`get ${visit}/code`] = ok(given.ROLLING)
  await page.instance.roll()
  await settle()
  assert.ok(!text(page).includes('网络不通'))
})

test('large letters are one tap away before anybody logs in', async () => {
  begin(EVERYTHING, { region: 'somewhere' })
  const page = await open('login')
  assert.ok(text(page).includes('大字') && !page.dom.innerHTML.includes('--large'))
  const turning = component('components/type-switch/type-switch', { large: false })
  await turning.instance.turn()
  await page.instance.turned(sending({ large: true }))
  await settle()
  assert.ok(text(page).includes('标准字') && page.dom.innerHTML.includes('--large') && phone.kept['large-type'] === true)
})
