// Pictures that a guest showed, as a model may be sent them: what is none, or is cut off, would end the agent's run.

// What the makers of models take: eight pictures are a long answer, and five megabytes of base64 the most of one.
const MOST = 8
const MOST_BYTES = 3_750_000
const MOST_SIDE = 8_000

const TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif']

/** The form of a display that is a picture, as [type, bytes]; undefined where there is none. */
export const pictureOf = ({ data }) => {
  const type = TYPES.find((type) => type in data)
  return type && [type, data[type]]
}

const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
const is = (bytes, at, text) => bytes.subarray(at, at + text.length).equals(Buffer.from(text, 'latin1'))

/** Width and height of a PNG, where it says so. */
function sizeOf(bytes) {
  if (bytes.length < 24 || !bytes.subarray(0, 8).equals(PNG) || !is(bytes, 12, 'IHDR')) return undefined
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
}

/** Chunks up to the last. */
function isWhole(bytes) {
  for (let at = 8; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    if (at + 12 + bytes.readUInt32BE(at) > bytes.length) return false
    if (is(bytes, at + 4, 'IEND')) return true
  }
  return false
}

function isFit(type, bytes) {
  if (bytes.length > MOST_BYTES) return false
  if (type === 'image/png') {
    const size = sizeOf(bytes)
    return size !== undefined && Math.min(...size) > 0 && Math.max(...size) <= MOST_SIDE && isWhole(bytes)
  }
  if (type === 'image/jpeg') return is(bytes, 0, '\xff\xd8\xff') && is(bytes, bytes.length - 2, '\xff\xd9')
  if (type === 'image/gif') return is(bytes, 0, 'GIF8') && is(bytes, bytes.length - 1, ';')
  return is(bytes, 0, 'RIFF') && is(bytes, 8, 'WEBP') && bytes.readUInt32LE(4) + 8 === bytes.length
}

/** A form in a few words: "[image/png, 640×480, 12 KB]". */
export function outline(type, form) {
  const bytes = Buffer.from(form)
  const size = sizeOf(bytes)
  const length = bytes.length < 1000 ? `${bytes.length} bytes` : `${Math.ceil(bytes.length / 1000)} KB`
  return `[${[type, ...(size ? [size.join('×')] : []), length].join(', ')}]`
}

/** Those that can be sent, the last ones where there are many. */
export function picturesOf(receipt) {
  const found = receipt.displays.map(pictureOf).filter((picture) => picture && isFit(...picture))
  return found.slice(-MOST).map(([mediaType, bytes]) => ({ mediaType, data: bytes.toString('base64') }))
}

/** What a tool of the AI SDK, or of Mastra, gives back: text, and where there are pictures { text, pictures }. */
export const outputOf = ({ text, pictures }) => (pictures.length ? { text, pictures } : text)

/** The same as the model is sent it; `imageOf` is how the framework writes a picture. */
export function modelOutputOf(output, imageOf) {
  if (typeof output === 'string') return { type: 'text', value: output }
  return { type: 'content', value: [{ type: 'text', text: output.text }, ...output.pictures.map(imageOf)] }
}
