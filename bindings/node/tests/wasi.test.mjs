// What docs/from-node-wasi.md says, beside node:wasi itself.
import assert from 'node:assert/strict'
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { WASI } from 'node:wasi'

import wabt from 'wabt'

import { run } from '../lib/index.mjs'
import { folder } from './helpers.mjs'

const imported = `
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))`

/** Writes its arguments, opens `file` in the directory of descriptor `fd` for writing, and exits with the errno of that. */
const text = (fd) => `(module ${imported} (memory (export "memory") 2) (data (i32.const 512) "file")
  (func (export "_start")
    (drop (call $sizes (i32.const 0) (i32.const 20)))
    (drop (call $args (i32.const 1024) (i32.const 4096)))
    (i32.store (i32.const 16) (i32.const 4096))
    (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 32)))
    (call $exit (call $open (i32.const ${fd}) (i32.const 0) (i32.const 512) (i32.const 4) (i32.const 1)
      (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 48)))))`

const { parseWat } = await wabt()
const assembled = Buffer.from(parseWat('module.wat', text(3)).toBinary({}).buffer)

test('the same module, arguments and files give the same under both', async (t) => {
  const dir = folder(t)
  mkdirSync(path.join(dir, 'data'))
  const out = path.join(dir, 'out')
  const wasi = new WASI({ version: 'preview1', args: ['agent', 'a', 'ä'], env: {}, preopens: { '/data': path.join(dir, 'data') }, stdout: openSync(out, 'w') })
  const { instance } = await WebAssembly.instantiate(assembled, wasi.getImportObject())
  const code = wasi.start(instance)
  assert.equal(code, 0)

  const options = { argv0: 'agent', args: ['a', 'ä'] }
  // Descriptors 3 and 4 are "." and /work; what is granted comes after them.
  const fd = 5
  const rw = await run(Buffer.from(text(fd)), { ...options, preopens: { '/data': { host: path.join(dir, 'data'), mode: 'rw' } } })
  assert.deepEqual([rw.exitCode, rw.stdout], [code, readFileSync(out, 'utf8')], JSON.stringify(rw))
  assert.equal((await run(assembled, options)).exitCode, 0) // "." is /work

  writeFileSync(path.join(dir, 'data/file'), 'kept')
  const ro = await run(Buffer.from(text(fd)), { ...options, preopens: { '/data': path.join(dir, 'data') } })
  assert.notEqual(ro.exitCode, 0) // a path alone is read-only
  assert.equal(ro.denied.length, 1)
})
