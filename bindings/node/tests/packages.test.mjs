// Packages for Python: a wheel made here, taken by pip from a folder in place of an index.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

import { run, Sandbox } from '../lib/index.mjs'
import { folder } from './helpers.mjs'

const makeWheel = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1] + "/lower-1.0-py3-none-any.whl", "w") as z:
    z.writestr("lower.py", "NAME = 'lower'\\n")
    z.writestr("lower-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: lower\\nVersion: 1.0\\n")
    z.writestr("lower-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    z.writestr("lower-1.0.dist-info/RECORD", "")`

test('a package is imported, and one that is not there is told', async (t) => {
  const work = folder(t)
  const index = path.join(work, 'index')
  mkdirSync(index)
  execFileSync('python3', ['-c', makeWheel, index])
  const before = { ...process.env }
  t.after(() => (process.env = before))
  Object.assign(process.env, { PIP_NO_INDEX: '1', PIP_FIND_LINKS: index, BELLJAR_STORE: path.join(work, 'store') })
  const source = 'import lower; lower.NAME'
  assert.equal((await run('python', { packages: ['lower'], source })).value, 'lower')
  const box = await Sandbox.create('python', { packages: ['lower==1.0'], env: { A: 'b' } })
  assert.deepEqual((await box.eval('import lower, os; (lower.NAME, os.environ["A"])')).value, ['lower', 'b'])
  await box.close()
  await assert.rejects(run('python', { packages: ['no_such_package'], source }), { code: 'ERR_BELLJAR_IO', message: /no_such_package/ })
  for (const packages of [['--index-url=x'], [1], 'lower', ['']])
    await assert.rejects(run('python', { packages, source }), { code: 'ERR_BELLJAR_ARGUMENT' })
})
