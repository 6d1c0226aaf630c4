/** What a day pass shows at a moment (`qr/day_pass.py`): its text with five bytes behind it that change every window, and six digits for eyes. */
import { hmac, joined } from './sha256'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const ROLL = [...'roll|'].map((letter) => letter.charCodeAt(0))
const ROLL_BYTES = 5

export interface Rolled {
  text: string
  digits: string
  /** Of this window. */
  secondsLeft: number
}

/** `own`: the pass's key in hex; `at`: seconds by the product's clock. */
export function rolled(token: string, own: string, at: number, window: number): Rolled {
  const number = new DataView(new ArrayBuffer(4))
  number.setUint32(0, Math.floor(at / window))
  const made = hmac(bytes(own), joined(Uint8Array.from(ROLL), new Uint8Array(number.buffer)))
  const digits = String(new DataView(made.buffer).getUint32(ROLL_BYTES) % 1_000_000).padStart(6, '0')
  return { text: token + base32(made.slice(0, ROLL_BYTES)), digits: `${digits.slice(0, 3)} ${digits.slice(3)}`, secondsLeft: window - Math.floor(at % window) }
}

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))
}

function base32(data: Uint8Array): string {
  let [text, held, bits] = ['', 0, 0]
  for (const byte of data) {
    held = ((held << 8) | byte) & 0xffff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += ALPHABET[(held >> bits) & 31]
    }
  }
  return text
}
