import { call, Refused, type Schemas } from './api/client'
import { forgetPasses, forgetToken, keepToken } from './kept'

/** WeChat took the code already, or too late (40163, 40029): another one will do. */
const SPENT = 'wechat_code_invalid'
/** A code lives five minutes. */
const FRESH = 4 * 60_000

let under_way: Promise<boolean> | null = null
let held: { code: string; at: number } | null = null

/** The single-use code of WeChat that says who holds the phone. */
export function wechatCode(): Promise<string> {
  return new Promise((resolve, reject) => wx.login({ success: (found) => resolve(found.code), fail: () => reject(new Refused(0, 'wechat_away', '')) }))
}

/** Before WeChat's phone button is pressed: a `wx.login` afterwards would replace the session to which the button's answer belongs. */
export async function holdCode(): Promise<void> {
  held = await wechatCode().then((code) => ({ code, at: Date.now() }), () => null)
}

/** Does `work` with a code, the one that is held where it is fresh; where it was spent, once more with another. */
export async function withCode<T>(work: (code: string) => Promise<T>): Promise<T> {
  const ready = held && Date.now() - held.at < FRESH ? held.code : await wechatCode()
  held = null
  try {
    return await work(ready)
  } catch (refusal) {
    if (!(refusal instanceof Refused) || refusal.code !== SPENT) throw refusal
    return await work(await wechatCode())
  }
}

/** Come in with the WeChat that is bound, without a word. One at a time: a code used twice is refused by WeChat. */
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
  forgetPasses()
  await over
}

/** The product ended every session of the account: this phone forgets its own, and asks for a login. */
export function logInAgain(): void {
  forgetToken()
  forgetPasses()
  wx.reLaunch({ url: '/pages/login/login' })
}

async function byWechat(): Promise<boolean> {
  forgetToken()
  try {
    letIn(await withCode((code) => call('post', '/{region}/api/login/wechat', { body: { code } })))
    return true
  } catch {
    return false // not bound, or blocked by WeChat: the login page says what else there is
  }
}
