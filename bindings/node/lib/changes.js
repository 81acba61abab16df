// What has become of files, as src/work.c tells it: one text, five fields each, with a NUL after every field.
'use strict'

function changesOf(text) {
  const fields = text.split('\0')
  const found = []
  for (let i = 0; i + 5 < fields.length; i += 5) {
    const [path, change, type, size, sha256] = fields.slice(i, i + 5)
    found.push({ path, change, type, size: Number(size), sha256: sha256 || null })
  }
  return found
}

module.exports = { changesOf }
