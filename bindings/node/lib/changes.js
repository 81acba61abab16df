// What has become of files, as src/work.c tells it: one text, five fields each, with a NUL after every field. Without a path they say
// that a part of the list is incomplete, and why.
'use strict'

function changesOf(text) {
  const fields = text.split('\0')
  const found = []
  const unfinished = {}
  for (let i = 0; i + 5 < fields.length; i += 5) {
    const [path, change, type, size, sha256] = fields.slice(i, i + 5)
    if (path === '') unfinished[change] = type
    else found.push({ path, change, type, size: Number(size), sha256: sha256 || null })
  }
  return Object.defineProperty(found, 'unfinished', { value: unfinished })
}

module.exports = { changesOf }
