/** HMAC-SHA-256 (FIPS 180-4, RFC 2104): WeChat gives a mini program no cryptography, and a day pass must roll where nobody can be asked. */
const BLOCK = 64
const ROUNDS = fractions(64, 3)
const START = fractions(8, 2)

export function hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const padded = new Uint8Array(BLOCK)
  padded.set(key.length > BLOCK ? sha256(key) : key)
  const inner = sha256(joined(padded.map((byte) => byte ^ 0x36), message))
  return sha256(joined(padded.map((byte) => byte ^ 0x5c), inner))
}

export function sha256(message: Uint8Array): Uint8Array {
  const state = Uint32Array.from(START)
  const whole = filled(message)
  for (let at = 0; at < whole.byteLength; at += BLOCK) mix(state, whole, at)
  const made = new DataView(new ArrayBuffer(32))
  state.forEach((word, index) => made.setUint32(index * 4, word))
  return new Uint8Array(made.buffer)
}

export function joined(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0)
  return whole
}

/** A one, zeros, and the length in bits, up to whole blocks. */
function filled(message: Uint8Array): DataView {
  const whole = new Uint8Array(Math.ceil((message.length + 9) / BLOCK) * BLOCK)
  whole.set(message)
  whole[message.length] = 0x80
  const view = new DataView(whole.buffer)
  view.setUint32(whole.length - 8, Math.floor(message.length / 0x20000000))
  view.setUint32(whole.length - 4, message.length << 3)
  return view
}

function mix(state: Uint32Array, whole: DataView, at: number): void {
  const words = new Uint32Array(64)
  for (let t = 0; t < 16; t++) words[t] = whole.getUint32(at + t * 4)
  for (let t = 16; t < 64; t++) {
    const [late, early] = [words[t - 2], words[t - 15]]
    words[t] = words[t - 16] + (turned(early, 7) ^ turned(early, 18) ^ (early >>> 3)) + words[t - 7] + (turned(late, 17) ^ turned(late, 19) ^ (late >>> 10))
  }
  let [a, b, c, d, e, f, g, h] = state
  for (let t = 0; t < 64; t++) {
    const first = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[t] + words[t]) | 0
    const second = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0]
  }
  ;[a, b, c, d, e, f, g, h].forEach((word, index) => { state[index] += word })
}

function turned(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}

/** First 32 bits of the fractional parts of the roots of the first primes: square roots begin a hash, cube roots are its rounds. */
function fractions(count: number, root: number): Uint32Array {
  const primes: number[] = []
  for (let number = 2; primes.length < count; number++) if (primes.every((prime) => number % prime)) primes.push(number)
  return Uint32Array.from(primes, (prime) => { const whole = prime ** (1 / root); return (whole - Math.floor(whole)) * 0x100000000 })
}
