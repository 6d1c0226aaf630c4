/** 订阅消息: WeChat lets her be told once for each time she says yes, and lets her be asked from a tap alone. So what is to be asked is known before the tap. */
import { call, key } from './api/client'

const MOST = 3

/** Templates to ask for; none where the region tells nobody by WeChat, where she has said yes often enough, or where it cannot be known. */
export async function toAsk(): Promise<string[]> {
  try {
    return (await call('get', '/{region}/api/consents', {})).items.slice(0, MOST).map((one) => one.template)
  } catch {
    return []
  }
}

/** From the tap itself. Whatever she answers, what the tap was for goes on; the product hears of it meanwhile. */
export async function askToTell(templates: string[]): Promise<void> {
  if (!templates.length) return
  const answered = await wx.requestSubscribeMessage({ tmplIds: templates }).catch(() => null) // switched off in WeChat's settings
  const answers = Object.fromEntries(templates.map((one) => [one, (answered as Record<string, unknown> | null)?.[one]]).filter(([, answer]) => typeof answer === 'string'))
  if (Object.keys(answers).length) void call('post', '/{region}/api/consents', { body: { answers }, once: key() }).catch(() => undefined)
}
