// files_node.mjs: runs files_work.wasm under node:wasi: files_node.mjs MODULE DIR WRITABLE ROUNDS
import { readFile } from 'node:fs/promises'
import { WASI } from 'node:wasi'

const [module, dir, writable, rounds] = process.argv.slice(2)
const wasi = new WASI({
  version: 'preview1',
  args: ['files_work', '/data', writable, rounds],
  preopens: { '/data': dir },
})
const { instance } = await WebAssembly.instantiate(await readFile(module), wasi.getImportObject())
wasi.start(instance)
