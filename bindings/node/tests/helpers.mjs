// What the tests share: modules as text, children as processes.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../..', import.meta.url))
export const helloPath = path.join(root, 'bench/hello.wat')

/** A module's text as bytes: the library takes both forms. */
export const wat = (text) => Buffer.from(text)

export const loops = wat('(module (func (export "_start") (loop br 0)))')
export const traps = wat('(module (func (export "_start") unreachable))')
export const outOfBounds = wat(
  '(module (memory (export "memory") 1) (func (export "_start") (drop (i32.load offset=1000000 (i32.const 0)))))',
)
export const divides = wat('(module (func (export "_start") (drop (i32.div_s (i32.const 1) (i32.const 0)))))')

export const exits = (code) =>
  wat(`(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (func (export "_start") (call $exit (i32.const ${code}))))`)

/** Writes its arguments, each with a NUL behind it, to stdout. */
export const echoes = wat(`(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (drop (call $sizes (i32.const 0) (i32.const 20)))
    (drop (call $args (i32.const 1024) (i32.const 4096)))
    (i32.store (i32.const 16) (i32.const 4096))
    (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 32)))))`)

/** Copies stdin to stdout, up to 64 KiB. */
export const copies = wat(`(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 1024))
    (i32.store (i32.const 4) (i32.const 65536))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))`)

/** A folder that is gone after the test. */
export function folder(t) {
  const made = mkdtempSync(path.join(tmpdir(), 'belljar-'))
  t.after(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** Runs a program of Node's, given as text, which finds the package as `belljar` and the helpers as `helpers`. */
export function child(text, { args = [], timeout = 60000 } = {}) {
  const prelude = `const belljar = await import(${JSON.stringify(new URL('../lib/index.mjs', import.meta.url).href)});
    const helpers = await import(${JSON.stringify(import.meta.url)});`
  return process_([...args, '--input-type=module', '-e', `${prelude}\n${text}`], timeout)
}

export function process_(args, timeout = 60000) {
  return new Promise((resolve, reject) => {
    const started = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const out = []
    const err = []
    const timer = setTimeout(() => started.kill('SIGKILL'), timeout)
    started.stdout.on('data', (chunk) => out.push(chunk))
    started.stderr.on('data', (chunk) => err.push(chunk))
    started.on('error', reject)
    started.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() })
    })
  })
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
