/**
 * Every word that this mini program says. They are the phone pages' own: a test looks each of them up there, so that both faces speak alike.
 * A `{name}` is filled in by `said`. What only WeChat's mini program needs to say stands in `own`.
 */
const shared = {
  offline: '网络已断开',
  retry: '再试一次',
  call: '致电',
  phone: '服务电话',
  services: '服务',
  cases: '办件',
  me: '我的',

  home: {
    title: '人才绿色通道', search: '搜索服务，例如 子女 入学', nothing: '没有找到相关服务', other: '换一个短一点的词试试，例如 门诊', all: '查看全部服务',
    scan: '扫码服务', scanHow: '到场所扫引导图，即扫即享', logIn: '登录查看我的', logInHow: '用办卡时登记的手机号登录', staff: '工作人员待办',
    notices: '通报公告', noticesNote: '各部门发布的通知和公告', windows: '服务窗口', windowsNote: '各区市窗口的电话、地址和时间', information: '信息', gives: '凭卡可享',
    unread: '条未读', everything: '全部',
    noCard: '您还没有', noCardHow: '领卡后，可以预约服务、在场所扫码使用绿色通道。已领卡却没有显示，请致电', apply: '填写人才信息、申报', waits: '等您处理', waitsRating: '已办结，请您评价', waitsReturned: '退回待修改，请按意见修改后重新提交',
    noAccount: '还没有账号？注册', givesHow: '各级卡能用的场所和服务', logInPlain: '登录', logInPlainHow: '填写人才信息、提交申报、查看进度',
  },
  privileges: {
    title: '凭卡可享', mine: '您的{card}（{level}）{year} 年还可以使用：', others: '持{level}{card}，每年可以使用：', logIn: '登录查看我的次数', logInHow: '登录后，这里会显示您的卡今年还剩几次。', left: '还剩 {left} 次', yearly: '每年 {yearly} 次', unlimited: '不限次数',
    used: '全年 {yearly} 次，已用 {used} 次', companions: '每次可带随行 {companions} 人', alone: '限本人使用', resting: '暂停服务', preparing: '场所正在筹备，开放后会列在这里。', none: '这一级的卡没有现场服务', noneHow: '可以在线申请下面的服务，窗口会为您办理。',
  },
  service: {
    levels: '这项服务面向', who: '服务对象', takes: '办理时间', guide: '服务指南', about: '服务说明', bring: '请准备', windows: '谁来办理', request: '在线申请', use: '扫码使用',
    usable: '您的卡（{level}）可以使用这项服务。', other: '这项服务面向{levels}持卡人，您的卡（{level}）不含此项服务。', stillGiven: '{name}：{year} 年还能用', venues: '看看有哪些场所', anyWindow: '{count} 个服务窗口都能办理', nearest: '申请时可以选择离您最近的窗口。',
  },
  request: {
    title: '申请', check: '下一步：核对', review: '核对申请', submit: '提交预约', edit: '返回修改', pickDistrict: '先选区县，这里会列出能办理的窗口。',
    elsewhere: '您所在的区县没有单独的窗口办理这项服务，下面的窗口都能为您办理。', pickWindow: '先选窗口，这里会列出可约的时段。',
    full: '这个窗口近期的时段都约满了，请换一个窗口，或过几天再看。', after: '提交后，窗口会尽快受理；有进展时短信告诉您，也可以随时在「办件」里查看。', examples: '看看别人怎么写',
    open: '现在开放', closed: '现在未开放', correct: '修改申请', resubmit: '重新提交', mark: '修改意见：', bring: '办理时请带好：',
  },
  caseList: {
    title: '我的办件', open: '正在办理', closed: '已经结束', none: '没有正在办理的办件', noneHow: '选一项服务在线申请，窗口会尽快为您办理。',
    noneApply: '提交申报后，可以在这里查看审核进度。', apply: '去申报', noneClosed: '还没有办结的办件', noneClosedHow: '办结、撤回的办件会留在这里，随时可以查看经过。', look: '去看看有哪些服务',
  },
  stages: { done: '已办', current: '办理中', todo: '未开始', waiting: '等您处理', paused: '已暂停' },
  case: {
    booking: '预约', application: '申请',
    due: '承诺完成时间', progress: '办理进度', mine: '我的申请内容', history: '全部经过', rate: '请您评价这次服务', rated: '您的评价', stars: '满意度', words: '想说的话', self: '本人',
    wordsHint: '哪里做得好，哪里可以更好', submitRating: '提交评价', pleaseRate: '请您评价', supplement: '补充材料', supplementWhat: '要补充什么', submitSupplement: '提交补充', withdraw: '撤回',
    withdrawSure: '确定撤回这次{kind}吗？', withdrawWhy: '撤回原因', withdrawBooking: '撤回后窗口不再办理，已占的时段会让给别人。', withdrawApplication: '撤回后审核机构不再办理，您填写的人才信息还在，可以重新申请。',
    windowWord: '窗口', reviewer: '审核机构', thanks: '感谢您的评价。', supplemented: '补充内容已送到{office}。', withdrawn: '{kind}已撤回。', along: '一并提交的人才信息', again: '重新预约', print: '下载打印申请表',
    submitted: '预约已提交，窗口会尽快受理。', resubmitted: '已重新提交，窗口会接着办理。', answered: '已重新提交，审核机构会接着办理。', returned: '请您修改后重新提交。', next: '下一步', nowWithdrawn: '您已撤回这次{kind}。',
    held: '人才卡停用期间暂停办理，恢复启用后自动继续，无需重新提交。', rejected: '很抱歉，这次申请没有通过，原因见下方意见。有疑问请致电{called}。', handling: '正在',
    nextLate: '{step}已超过承诺时间，系统已提醒{office}；着急时请致电{called}。', nextStep: '{step}完成后进入{next}，', lastStep: '这是最后一步，', nothing: '您现在不用做什么，有', news: '进展', outcome: '结果', told: '会短信告诉您。',
    nextReturned: '按意见修改并重新提交，{office}会接着办理；在您提交之前，办理时限暂停计算。', result: '办理结果：', completed: '由{office}办结。', nextRate: '请您在下面评价这次服务，一分钟就好。',
  },
  answer: {
    title: '修改申请', asks: '{office}请您修改', early: '审核机构还没有办理，您可以修改后重新提交；开始审核后就不能改了。', toMend: '要修改的地方', mended: '已修改',
    admitted: '人才信息使用已经入库的版本（第 {number} 版），重新提交时自动取用最新的。需要更改的，请先', change: '修改人才信息', admitAgain: '并重新入库。', registered: '注册信息',
    registeredHow: '有误的请更正。手机号码用于登录和接收通知', byPhone: '，改后请用新号码登录',
  },
  submitted: { was: '原为：', corrected: '已更正', changed: '有变动', added: '新增', removed: '已删除的一条', row: '第 {number} 条' },
  scan: {
    title: '扫码服务', how: '用微信扫引导图', typed: '扫不出来？手工输入编码', code: '引导图上的编码', codeHint: '印在二维码下方，25 位字母和数字，不分大小写，可以不输横线。', find: '查找场所',
    recent: '您刚刚已在这里核验通过', openPass: '打开刚才的通行页', left: '今年还剩', unlimited: '不限次数', times: '次', companions: '随行人数', companionsHint: '不含您本人，最多',
    people: '人', admit: '核验并使用', again: '再次使用', check: '核验', unknown: '没有认出的场所', rescan: '重新扫码',
  },
  pass: {
    title: '通行凭证', ok: '可以通行', holder: '持卡人', level: '卡等级', companions: '随行', at: '时间', left: '今年还剩', back: '返回服务', past: '凭证已过期。再次使用请重新扫码。',
    refused: '没有通过', now: '现在怎么办', undone: '这次通行已撤销', rate: '请您评价这次服务', undoneBy: '现场工作人员撤销了这次通行：', undoneAfter: '次数已退还给您。',
    stale: '网络不通，数字没有更新，正在重试',
  },
  windows: {
    title: '服务窗口', all: '全部', hours: '时间', contact: '联系人', address: '地址', closedOn: '休息', none: '这个区县还没有服务窗口', noneHow: '请选择其他区县，或致电',
    open: '现在开放', closed: '现在未开放', showAll: '查看全部窗口', search: '搜索窗口名称或地址', notFound: '没有找到这样的窗口', notFoundHow: '换一个词试试，或致电', opens: '开门', callForHours: '请电话咨询', avoid: '，请避开这一天。', then: '之后还有：',
  },
  near: {
    find: '找离我最近的窗口', how: '位置只在您的手机里用来算距离，不会上传。', finding: '正在定位…', far: '约 {km} 公里', chosen: '已为您选了最近的窗口，{far}。可以在下面改选。',
    refused: '没有得到位置权限，请按区县选择窗口。', lost: '暂时定位不到，请按区县选择窗口。',
  },
  notices: { title: '通报公告', search: '搜索标题或内容', none: '没有找到相关内容', files: '附件', gone: '已经撤回', pinned: '置顶', unread: '未读' },
  login: {
    title: '登录', byCode: '手机验证码', byPassword: '用户名密码', phone: '手机号', phoneHint: '办卡时登记的手机号', code: '短信验证码', name: '用户名或手机号', password: '密码',
    submit: '登录', wechat: '微信登录', sent: '已在本系统登记，验证码会在一分钟内送达。', sendCode: '获取验证码', picture: '图形验证码', back: '登录后回到：', changed: '没有账号，或换了手机号',
  },
  terms: { title: '用户须知', agree: '同意并继续', disagree: '不同意，', first: '使用前请先阅读，同意后即可继续。' },
  confirm: {
    title: '核实身份', why: '您是用手机号登录的。手机号可能换过机主，查看或修改个人信息前，请核实是您本人。', idNumber: '证件号码', password: '登录密码', hint: '您登记过的完整号码。',
    waits: '为防止他人冒用，凭证件号码核实后 {hours} 小时内不能更换手机号、邮箱、微信，也不能申请注销和领取数据副本', none: '这个账号没有登记证件号码，也没有设置密码，在这里核实不了。', help: '核实不了？',
    still: '不核实也可以出示人才卡和扫码服务。', cooling: '您刚凭证件号码核实了身份，{until} 以后可以更换手机号、邮箱、微信，申请注销和领取数据副本。', first: '核实后才能查看和修改个人信息', byPassword: '用密码核实', atOnce: '马上可以办理，不用等到冷静期结束',
  },
  account: {
    card: '我的人才卡', noCard: '您还没有', visits: '现场服务记录', messages: '消息', messagesNote: '短信告诉过您的事', settings: '设置', settingsNote: '手机号、密码、大字、微信绑定', dossier: '我的人才信息',
    dossierNote: '随时填写，申报时一并提交', until: '有效期至', since: '发卡日期', suspended: '卡已停用，绿色通道服务暂停', expired: '卡已过有效期', thisYear: '年现场服务', noMessages: '还没有消息',
    noMessagesHow: '办件有进展时，短信会发到您的手机，这里也会留一份。', noVisits: '还没有现场服务记录', alone: '限本人', along: '可带随行',
    noCardHow: '如果已经领卡，请致电', noClassHow: '申报审核通过后，认定的类别会显示在这里。', goApply: '去申报', classed: '认定类别', by: '认定机构', on: '认定日期', number: '申报编号', seeResult: '查看审核结果',
    suspendedHow: '了解恢复办法', renew: '办理续期',
  },
  settings: {
    title: '设置', security: '账号安全', display: '显示', large: '大字', standard: '标准字', phone: '手机号', wechat: '微信绑定', bind: '绑定微信', unbind: '解除绑定', bound: '已绑定', unbound: '微信绑定已解除。', boundNow: '微信已绑定，下次可以直接用微信登录。',
    logOut: '退出登录', none: '未登记', email: '邮箱', name: '用户名', password: '登录密码', set: '已设置', notSet: '未设置', devices: '登录中的设备', here: '（本机）', lastUsed: '最近使用', everywhere: '退出所有设备',
    everywhereSure: '确定退出所有设备吗？', everywhereHow: '包括本机，需要重新登录。', channels: { phone: '手机网页', desk: '电脑', mini: '小程序' },
  },
  secure: {
    present: '第 1 步，共 2 步：验证原手机号', sentTo: '验证码会发到 {phone}。', sent: '验证码已发送，请查看短信。', next: '下一步', lost: '原手机号已停用？请致电', lostHow: '，由工作人员核实身份后更换。', newStep: '第 2 步，共 2 步：填写新手机号', firstPhone: '填写手机号',
    newPhone: '新手机号', changePhone: '更换手机号', phoneDone: '手机号已更换，其他设备已退出登录。', changeEmail: '更换邮箱', giveEmail: '登记邮箱', newEmail: '新邮箱', email: '邮箱', emailCode: '邮件里的验证码', emailSent: '没有收到时，请看看垃圾邮件箱。',
    emailDone: '邮箱已登记，其他设备已退出登录。', others: '保存后，其他设备会退出登录。', resets: '忘记密码时，重置密码的链接会发到这个邮箱。', password: '登录密码', oldPassword: '原密码', newPassword: '新密码', newPasswordHow: '至少 10 位，请同时使用字母、数字或符号。',
    again: '再输一次新密码', unlike: '两次输入的新密码不一致，请重新输入。', savePassword: '保存新密码', setPassword: '设置密码', changePassword: '修改密码', all: '保存后，所有设备（包括本机）都会退出登录，请用新密码重新登录。', nameNow: '现在的用户名是', newName: '新用户名',
    newNameHow: '4 到 40 位，可以用字母、数字和 . _ @。', allName: '修改后，所有设备（包括本机）都会退出登录，请用新用户名重新登录。', changeName: '修改用户名',
  },
  dossier: {
    title: '我的人才信息', missing: '还缺什么', whole: '已填写完整', wholeHow: '现在可以提交申报。', any: '随时可以保存，填完再提交。', all: '全部内容', required: '必填', optional: '选填', complete: '完整',
    empty: '还没有填写', filled: '已填写', edit: '修改', add: '新增一条', save: '保存', saved: '已保存。', later: '没填完也可以先保存，下次接着填。', remove: '删除这一条', sure: '确定删除这一条吗？', removed: '已删除这一条。',
    submittedStay: '已经提交过的版本不受影响。', rows: '{rows} 条', lacking: '缺 {count} 处',
    inForce: '第 {number} 版已审核生效；修改后须重新提交，审核通过前仍以生效的版本为准。', nothing: '这里暂不需要填写人才信息',
  },
  files: {
    photoHow: 'JPG、PNG 或 WEBP 照片，不超过 10 MB。', filesHow: '照片或 PDF，每个不超过 10 MB', drop: '移除', offline: '线下提交', offlineHow: '涉密或不宜上传的，勾选后把纸质材料交给审核人员，由其确认收到。',
    byHand: '线下提交纸质材料', count: '{count} 个文件', pages: '页', gone: '这个文件已经删除，请移除后重新上传', tooLarge: '文件超过 10 MB。请压缩，或用较低的清晰度重新扫描后再上传。',
  },
  register: { submit: '注册', have: '已有账号？', logIn: '去登录', agree: '我已阅读并同意《{title}》', version: '第 {version} 版' },
  dayPass: {
    title: '当日通行证', note: '要去的地方信号不好？先备好，没有网络也能用', lead: '要去的地方信号不好？趁现在有网络，先备好今天的通行证：没有网络也能打开、也能核对。一处一张，当天有效，只用一次。',
    open: '打开今天的通行证', prepare: '准备通行证', none: '今天没有可以准备的场所', noneHow: '请到现场扫描引导图；信号不好时，请走到有信号的地方再扫。', usedUp: '今年的次数已用完，或已留给别处的通行证。',
    left: '今年还可准备', leftHow: '次；现场核对后才计 1 次。', valid: '当天有效 · 限用一次', how: '请工作人员扫码，或核对六位数字；每 30 秒更新，截屏无效', offline: '现在没有网络，通行证照常可用', kept: '已存在本机，没有网络也能打开',
    used: '已使用', usedHow: '这张通行证已在{name}核对使用。', usedLook: '查看这次服务', stopped: '通行证已失效', stoppedHow: '您的人才卡现在不能使用，这张通行证已经失效。', over: '通行证已过期', overHow: '这张通行证已过当天，请重新准备',
    again: '准备今天的通行证', qr: '供现场核对的二维码',
  },
  today: { title: '今日小结', arrived: '今天新到', acts: '我办理', waiting: '还在待办', todo: '还要办的', done: '今天我办的', first: '请先办这些', go: '看待办' },
  overdue: { title: '超时未处理', by: '按机构', byHow: '点机构只看它的办件；点办件可以督办。', oldest: '最早', due: '到期', all: '看全部机构', none: '没有超时的办件', noneHow: '所有办件都在时限内。' },
  choices: {
    title: '短信通知', tell: '短信告诉我', tellHow: '打勾的会发短信。', always: '一定会发的', alwaysHow: '这些短信关系到您的申请结果、需要您办的事或账号安全，不能关闭。验证码只在您要的时候发。', terms: '我同意过的', agreed: '同意', noTerms: '还没有需要您同意的须知',
  },
  data: {
    title: '我的数据', take: '领取一份副本', what: '包括账号、同意和选择、人才信息（草稿和提交过的每一版）、办件和经过、人才卡、现场服务、消息、评价、上传的文件目录、登录记录，以及谁查看过。', order: '生成阅读版（PDF）',
    keep: '副本里的证件号、手机号是完整的，请妥善保管。24 小时后自动删除，只有您能下载。', copies: '生成过的副本', noCopies: '还没有。生成后在这里下载。', open: '下载', looked: '谁查看过', notLooked: '还没有工作人员查看过您的资料。',
    times: '次', leave: '注销账号', leaveHow: '哪些会删除，哪些依法保留',
  },
  closing: {
    underWay: '您的申请正在办理。改变主意的，可以在办件里撤回。', look: '查看办件', notYet: '现在还不能注销', erased: '办结后会删除', kept: '依法要保留、封存不再使用', ask: '申请注销', reason: '注销原因', submit: '申请注销账号',
    sent: '验证码已发送，请查看短信。', sentTo: '为确认是您本人，验证码会发到', how: '由工作人员核对后办理，办结前可以撤回；办结后不能恢复。',
    law: '依据《个人信息保护法》第四十七条：保存期限没有届满的，除存储和必要的安全保护外，停止处理。',
    erases: ['登录名、密码、手机号、邮箱和微信绑定，所有设备退出登录', '没有提交的人才信息、申请草稿和附件', '短信和消息的内容', '评价里写的话（分数保留）', '生成过的数据副本'],
    keeps: [
      { what: '办件、审核意见和提交过的资料', why: '属于业务档案，按《档案法》和档案保管期限保存。' }, { what: '人才卡和现场服务记录', why: '是服务结算和资金审计的依据，不再显示您的姓名。' },
      { what: '同意记录和操作日志', why: '按《网络安全法》第二十一条至少保存六个月，日志不能修改。' },
    ],
  },
  apply: {
    title: '申报', none: '现在没有可以申报的事项', along: '申报时一并提交', look: '查看进度', renews: '您的卡将要到期或已经到期', now: '现在可以申报', full: '您已经提交过，正在办理', cannot: '现在还不能申报', dossier: '人才信息', copy: '数据同步',
    copyAgain: '再次同步', copied: '数据已同步，请核对后提交。', outdated: '您的人才信息有了新的入库版本', inStep: '人才信息第 {number} 版，与入库版本一致。', copyHow: '申报使用已经审核入库的人才信息。点击“数据同步”，系统会自动取用，不需要重新填写。',
    who: '由谁审核', why: '依据：', saved: '已保存，可以下次接着填。', submit: '提交', submitted: '申请已提交',
    check: '请核对下面的内容。提交后由审核机构办理，有进展会告诉您。', whoLater: '填写完整后，这里会显示由哪个机构审核，以及为什么。', unchanged: '申报用到的内容没有变化。',
  },
  unitSearch: '输入单位名称里的几个字',
  desk: {
    title: '待办', search: '编号、服务或姓名', all: '全部', late: '已超时', claimed: '已认领', none: '待办都处理完了', noneHow: '有新的办件会立即出现在这里，并短信告诉您。', more: '看后面的办件', done: '我办过的',
    noDone: '还没有办理记录', noDoneHow: '您办理过的每一件都会留在这里。', progress: '办理进度', log: '办理记录', opinion: '意见', visible: '申请人会看到这段话。', applicant: '申请人', to: '转给哪个机构', which: '哪些内容需要修改',
    whichHint: '标出来，申请人修改时一眼能看到。', result: '结果', unclaimed: '还没有人认领', noTarget: '没有找到能办理本环节的其他机构。', due: '到期', today: '今天到期', undo: '撤销', searchTarget: '机构名称中的字',
    reasons: { return: '退回原因', transfer: '转办说明', remind: '督办要求' }, remindHint: '承办机构会收到短信。', colleaguesOnly: '只有工作人员看到。要让评价人看到，请用“回复评价人”。', looking: '正在看这个办件', why: '为什么在这里',
    nextCase: '办下一件', goesOn: '下一环节是{step}，仍由您的机构办理，可以接着办。', elsewhere: '现由{office}办理。', over: '已办完', told: '，申请人会收到短信。', person: '人才', unit: '所在单位', rater: '评价人', registered: '注册信息', dossier: '人才信息',
    same: '内容与现行有效的版本完全相同。', changes: '{count} 处有变动', paper: '线下提交的纸质材料', paperConfirmed: '，已确认收到', seconds: '秒', leave: '不{label}了', specialist: '服务专员', noSpecialist: '本单位还没有审核通过的服务专员，请先审核专员的注册。', bound: '现服务 {count} 人', noneHere: '这里没有待办', elsewhereWaiting: '其他环节还有 {count} 件。', notFound: '没有找到', notFoundHow: '请核对编号，或输入申请人的完整姓名。', showAll: '看全部待办', stars: '星',
  },
}

/** What has no counterpart on the phone's pages. */
export const own = {
  failed: '暂时没有办成，请稍后再试。',
  enter: '请先选择地区',
  enterHow: '请用微信扫描场所的引导图，或打开本地区发布的小程序码。',
  scanNow: '扫一扫',
  phoneButton: '手机号快捷登录',
  notBound: '这个微信还没有绑定账号，请用手机验证码登录。',
  openMap: '看地图',
  withinOne: '1 公里以内',
  allowPosition: '去允许使用位置',
  nearestFirst: '按离您的远近排列。',
  searching: '正在加载',
  choose: '请选择',
  yes: '是',
  noUnit: '没有找到这个单位。单位须先注册并通过审核才能选择，请联系单位办理，或核对名称后再找。',
  slow: '网络有些慢，请再等一会儿',
  registerNow: '没有账号？去注册',
  pieces: '件',
  acts: '次',
  largeHow: '所有页面使用更大的文字。',
  leave: '返回',
  waitingForApplicant: '等申请人修改',
  atDesk: '请在电脑上办理：',
}

const files = { ...shared.files, photo: '拍照或选照片', document: '从聊天中选文件', sending: '正在上传 {percent}%' }

export const words = { ...shared, ...own, files }

/** The words that the phone has too, for the test that looks them up. */
export const SHARED = shared

/** `said('还剩 {left} 次', {left: 3})`. */
export function said(sentence: string, values: Record<string, string | number>): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}
