// What the package offers, its types and its page are one and the same.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import * as esm from 'belljar'

const require = createRequire(import.meta.url)
const types = readFileSync(new URL('../lib/index.d.ts', import.meta.url), 'utf8')

test('import and require give one and the same', () => {
  const cjs = require('belljar')
  assert.deepEqual(Object.keys(cjs).sort(), Object.keys(esm).sort())
  for (const name of Object.keys(cjs)) assert.equal(cjs[name], esm[name])
})

test('what is exported has a type, and the other way round', () => {
  const told = [...types.matchAll(/^export (?:class|function|const) (\w+)/gm)].map(([, name]) => name)
  assert.deepEqual([...new Set(told)].sort(), Object.keys(esm).sort())
})

test('so do methods and properties', async () => {
  const body = (name) => new RegExp(`^export (?:class|interface) ${name}\\b[^\\n]*\\{\\n(.*?)^\\}`, 'ms').exec(types)[1]
  const told = (name) => [...new Set([...body(name).matchAll(/^ {2}(?:static |readonly )*(\w+)[<(:?]/gm)].map(([, member]) => member))].sort()
  const box = await esm.Sandbox.create('javascript')
  const members = (kind) => [...Object.getOwnPropertyNames(kind.prototype), ...Object.getOwnPropertyNames(kind)]
    .filter((name) => !['constructor', 'length', 'name', 'prototype'].includes(name))
  assert.deepEqual(told('Sandbox').filter((name) => name !== 'constructor'), [...members(esm.Sandbox), 'files'].sort())
  assert.deepEqual(told('Snapshot').filter((name) => name !== 'constructor'), members(esm.Snapshot).sort())
  assert.deepEqual(told('Receipt').filter((name) => name !== 'constructor'), members(esm.Receipt).sort())
  assert.deepEqual(told('Files'), members(box.files.constructor).sort())
  await box.close()
})

test('every error has the code that its type says', () => {
  for (const [, name, code] of types.matchAll(/^export class (\w+) extends \w+ \{ readonly code: '(\w+)' \}/gm)) {
    const error = new esm[name]('text', undefined)
    assert.deepEqual([error.code, error.name, error.message], [code, name, 'text'])
  }
})
