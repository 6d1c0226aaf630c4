/** Where this mini program's product lives. An appid's own values come from `ext.json` (`ext.host`, `ext.region`); these serve the developer tools. */
export interface Deployment {
  /** Scheme and host, without a slash at the end; also what the boards' addresses begin with. */
  host: string
  /** Code of the region that is entered when nothing else says one; empty: whoever comes in scans or chooses first. */
  region: string
}

const DEVELOPMENT: Deployment = { host: 'http://127.0.0.1:8000', region: '' }

export function deployment(): Deployment {
  const own = wx.getExtConfigSync() as Partial<Deployment>
  return { host: own.host ?? DEVELOPMENT.host, region: own.region ?? DEVELOPMENT.region }
}
