// peers.mjs: what a fresh instance of the hello-world module takes under node:wasi, in nanoseconds: peers.mjs COUNT
//
// The module is compiled once. Prints one JSON list.
import { openSync, readFileSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WASI } from 'node:wasi'

// hello.wat, assembled.
const bytes = Buffer.from(
  'AGFzbQEAAAABDAJgBH9/f38Bf2AAAAIjARZ3YXNpX3NuYXBzaG90X3ByZXZpZXcxCGZkX3dyaXRlAAADAgEBBQMBAAEHEwIGbWVt' +
    'b3J5AgAGX3N0YXJ0AAEKDwENAEEBQQBBAUEQEAAaCwsUAQBBAAsOCAAAAAYAAABoZWxsbwoAEgRuYW1lAQsBAAhmZF93cml0ZQ==',
  'base64',
)
const count = Number(process.argv[2])
const module = await WebAssembly.compile(bytes)
const path = join(tmpdir(), `belljar-peers-${process.pid}`)
const output = openSync(path, 'w+')
const times = []
for (let i = -3; i < count; i++) {
  const began = process.hrtime.bigint()
  const wasi = new WASI({ version: 'preview1', stdout: output })
  wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()))
  if (i >= 0) times.push(Number(process.hrtime.bigint() - began))
}
const printed = readFileSync(path, 'utf8')
unlinkSync(path)
if (printed !== 'hello\n'.repeat(count + 3)) throw new Error('it printed something else')
console.log(JSON.stringify(times))
