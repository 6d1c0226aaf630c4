import { call, type Schemas } from './api/client'
import { forgetToken, keepToken } from './kept'

let under_way: Promise<boolean> | null = null

/** The single-use code of WeChat that says who holds the phone. */
export function wechatCode(): Promise<string> {
  return new Promise((resolve, reject) => wx.login({ success: (found) => resolve(found.code), fail: reject }))
}

/** Come in with the WeChat that is bound, without a word. One at a time: a code used twice is refused by WeChat (40163). */
export function silently(): Promise<boolean> {
  under_way ??= byWechat().finally(() => { under_way = null })
  return under_way
}

export function letIn(entered: Schemas['LoggedIn']): void {
  keepToken(entered.token)
}

/** The phone forgets first: also without network nobody stays logged in here. */
export async function logOut(): Promise<void> {
  const over = call('post', '/{region}/api/logout', {}).catch(() => undefined)
  forgetToken()
  await over
}

async function byWechat(): Promise<boolean> {
  forgetToken()
  try {
    letIn(await call('post', '/{region}/api/login/wechat', { body: { code: await wechatCode() } }))
    return true
  } catch {
    return false // not bound, or blocked by WeChat: the login page says what else there is
  }
}
