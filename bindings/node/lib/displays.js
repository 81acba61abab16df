// What a guest showed: MIME bundles, as notebooks have them.
'use strict'

/** [metadata, type, is text, data, …] of src/receipt.c; text that is long comes as bytes. */
function displayOf([metadata, ...forms]) {
  const data = {}
  for (let i = 0; i < forms.length; i += 3) {
    const form = forms[i + 2]
    data[forms[i]] = forms[i + 1] && typeof form !== 'string' ? form.toString() : form
  }
  return { data, metadata: JSON.parse(metadata) }
}

const displaysOf = (raw) => raw.map(displayOf)

/** As the library's JSON has it: binary forms in base64. */
function jsonOf({ data, metadata }) {
  const forms = Object.entries(data).map(([type, form]) => [type, typeof form === 'string' ? form : form.toString('base64')])
  return { data: Object.fromEntries(forms), metadata }
}

module.exports = { displaysOf, jsonOf }
