// peers.mjs: what is measured, each in a process of its own (child.mjs). A peer is opened once; then
//
//     fresh[program]()    a fresh sandbox that runs the program and gives what it printed or its value, and is gone
//     sync[program]()     the same on the thread that asks, where there is a choice
//     keep[program]()     the same, but it stays; what must be held is returned
//     loop(ms)            an endless loop, stopped after so many milliseconds: a promise, or false where nothing can stop it
//
// Programs: hello (bench/hello.wat, assembled), javascript (1+1), python (1+1).
import { closeSync, openSync, readFileSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

const here = path.dirname(fileURLToPath(import.meta.url))

// hello.wat, and (module (memory (export "memory") 1) (func (export "_start") (loop br 0))), assembled.
export const hello = Buffer.from(
  'AGFzbQEAAAABDAJgBH9/f38Bf2AAAAIjARZ3YXNpX3NuYXBzaG90X3ByZXZpZXcxCGZkX3dyaXRlAAADAgEBBQMBAAEHEwIGbWVt' +
    'b3J5AgAGX3N0YXJ0AAEKDwENAEEBQQBBAUEQEAAaCwsUAQBBAAsOCAAAAAYAAABoZWxsbwoAEgRuYW1lAQsBAAhmZF93cml0ZQ==',
  'base64',
)
const endless = Buffer.from('AGFzbQEAAAABBAFgAAADAgEABQMBAAEHEwIGbWVtb3J5AgAGX3N0YXJ0AAAKCQEHAANADAALCw==', 'base64')

export const expected = { hello: 'hello\n', javascript: 2, python: 2 }

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** node:wasi writes to a descriptor: a file's, read back each time. */
async function nodeWasi() {
  const { WASI } = await import('node:wasi')
  const module = await WebAssembly.compile(hello)
  const file = path.join(tmpdir(), `belljar-bench-${process.pid}`)
  const output = openSync(file, 'w+')
  let runs = 0
  const run = async (instantiate) => {
    const wasi = new WASI({ version: 'preview1', stdout: output })
    const instance = await instantiate(wasi)
    wasi.start(instance)
    runs++
    return instance
  }
  const apart = (wasi) => WebAssembly.instantiate(module, wasi.getImportObject())
  const atOnce = (wasi) => new WebAssembly.Instance(module, wasi.getImportObject()) // what stays is the same
  return {
    fresh: { hello: async () => (await run(apart), 'hello\n') },
    keep: { hello: () => run(atOnce) },
    loop: () => false, // the event loop stands still for good
    close() {
      const printed = readFileSync(file, 'utf8')
      closeSync(output)
      unlinkSync(file)
      if (printed !== 'hello\n'.repeat(runs)) throw new Error('node:wasi printed something else')
    },
  }
}

const workerCode = `
  const { WASI } = require('node:wasi')
  const { parentPort, workerData } = require('node:worker_threads')
  const wasi = new WASI({ version: 'preview1', stdout: workerData.output })
  WebAssembly.instantiate(workerData.module, wasi.getImportObject()).then((instance) => {
    if (workerData.endless) parentPort.postMessage('begins')
    wasi.start(instance)
    parentPort.postMessage('over')
  })`

async function nodeWasiWorker() {
  const module = await WebAssembly.compile(hello)
  const loops = await WebAssembly.compile(endless)
  const output = openSync('/dev/null', 'w')
  const start = async (data) => {
    const worker = new Worker(workerCode, { eval: true, workerData: { output, ...data }, execArgv: ['--no-warnings'] })
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    return worker
  }
  return {
    fresh: { hello: async () => (await (await start({ module })).terminate(), 'hello\n') },
    keep: { hello: () => start({ module }) },
    async loop(ms) {
      const worker = await start({ module: loops, endless: true })
      await later(ms)
      await worker.terminate()
    },
    close: () => closeSync(output),
  }
}

async function isolatedVm() {
  const { default: ivm } = await import('isolated-vm')
  const make = async () => {
    const isolate = new ivm.Isolate({ memoryLimit: 128 })
    const context = await isolate.createContext()
    return { isolate, context, value: await context.eval('1+1') }
  }
  return {
    fresh: {
      async javascript() {
        const { isolate, value } = await make()
        isolate.dispose()
        return value
      },
    },
    keep: { javascript: make },
    async loop(ms) {
      const { isolate, context } = await make()
      await context.eval('while (true);', { timeout: ms }).catch(() => {})
      isolate.dispose()
    },
  }
}

async function quickjsEmscripten() {
  const { getQuickJS } = await import('quickjs-emscripten')
  const quickjs = await getQuickJS()
  const make = () => {
    const runtime = quickjs.newRuntime()
    const context = runtime.newContext()
    const result = context.unwrapResult(context.evalCode('1+1'))
    const value = context.getNumber(result)
    result.dispose()
    return { runtime, context, value }
  }
  return {
    fresh: {
      javascript() {
        const { runtime, context, value } = make()
        context.dispose()
        runtime.dispose()
        return value
      },
    },
    keep: { javascript: make },
    async loop(ms) {
      const { runtime, context } = make()
      const end = performance.now() + ms
      runtime.setInterruptHandler(() => performance.now() > end)
      context.evalCode('while (true);').dispose()
      context.dispose()
      runtime.dispose()
    },
  }
}

async function pyodide() {
  const { loadPyodide } = await import('pyodide')
  const make = async () => {
    const python = await loadPyodide()
    return { python, value: python.runPython('1+1') }
  }
  return { fresh: { python: async () => (await make()).value }, keep: { python: make }, loop: () => false }
}

async function belljar() {
  const { run, runSync, Sandbox } = await import('../../bindings/node/lib/index.mjs')
  const kept = async (program, source) => {
    const box = await Sandbox.create(program)
    await (source ? box.eval(source) : box.run())
    return box
  }
  return {
    fresh: {
      hello: async () => (await run(hello)).stdout,
      javascript: async () => (await run('javascript', { source: '1+1' })).value,
      python: async () => (await run('python', { source: '1+1' })).value,
    },
    sync: {
      hello: () => runSync(hello).stdout,
      javascript: () => runSync('javascript', { source: '1+1' }).value,
      python: () => runSync('python', { source: '1+1' }).value,
    },
    keep: { hello: () => kept(hello), javascript: () => kept('javascript', '1+1'), python: () => kept('python', '1+1') },
    loop: (ms) => run(endless, { timeout: ms }),
  }
}

// kept: how many stay for the memory of one. alone: a second one at once changes nothing, for the event loop runs them.
// unstoppable: nothing in the process ends a loop. least: how many warm it.
export const peers = {
  'node:wasi': { open: nodeWasi, programs: ['hello'], kept: 200, alone: true, unstoppable: true },
  'node:wasi in a worker': { open: nodeWasiWorker, programs: ['hello'], kept: 20, least: 20 },
  'isolated-vm': { open: isolatedVm, programs: ['javascript'], kept: 50 },
  'quickjs-emscripten': { open: quickjsEmscripten, programs: ['javascript'], kept: 100, alone: true },
  Pyodide: { open: pyodide, programs: ['python'], kept: 2, least: 1, alone: true, unstoppable: true },
  Belljar: { open: belljar, programs: ['hello', 'javascript', 'python'], kept: 200, sync: true },
}

export { here }
