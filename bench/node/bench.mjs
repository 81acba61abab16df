// bench.mjs: node:wasi, isolated-vm, quickjs-emscripten, Pyodide and Belljar side by side: bench/node/run --help
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { cpus, loadavg, release } from 'node:os'
import path from 'node:path'
import { writeFileSync } from 'node:fs'
import { parseArgs, promisify } from 'node:util'

import { chart } from './chart.mjs'
import { here, peers } from './peers.mjs'
import { rowOf, table } from './table.mjs'

const HELP = `Measures fresh sandboxes in Node, each peer in processes of its own, in turn, in one run.

Usage: bench/node/run [options]

  --rounds N      how often each is measured; the best counts (default 5)
  --seconds S     of one measurement of operations (default 1)
  --only TEXT     peers whose name contains it
  --json          the figures as JSON, and nothing else
  --table FILE    also writes the table as Markdown
  --chart FILE    also draws the operations per second, as SVG
  -h, --help      this text

Example: bench/node/run --table docs/node-benchmark.md --chart docs/node-benchmark.svg
Once before: bench/node/install.sh
`

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
    table: { type: 'string' },
    chart: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (options.help) {
  process.stdout.write(HELP)
  process.exit()
}

const rounds = Number(options.rounds)
const milliseconds = Number(options.seconds) * 1000
const say = (text) => options.json || process.stderr.write(text)

const child = path.join(here, 'child.mjs')

/** On Node 20 a process now and then waits for a promise of WebAssembly's that never settles: it is begun anew. */
async function measure(...args) {
  for (let tries = 3; ; tries--) {
    const began = performance.now()
    const command = ['--expose-gc', '--no-warnings', child, ...args.map(String)]
    try {
      const { stdout } = await promisify(execFile)(process.execPath, command, { timeout: 30000 })
      return { ...JSON.parse(stdout), processMs: performance.now() - began }
    } catch (error) {
      if (!error.killed || tries === 1) throw error
      say(`\n${args.join(' ')}: did not end in 30 s; once more\n`)
    }
  }
}

const require = createRequire(import.meta.url)

function isThere(name) {
  const wanted = { 'isolated-vm': 'isolated-vm', 'quickjs-emscripten': 'quickjs-emscripten', Pyodide: 'pyodide' }[name]
  try {
    if (wanted) require.resolve(wanted)
    if (wanted === 'isolated-vm') require(wanted) // it may be there, and not for this node
    return true
  } catch {
    process.stderr.write(`${name} is not there, and is left out: bench/node/install.sh installs it\n`)
    return false
  }
}

const names = Object.keys(peers).filter((name) => name.includes(options.only) && isThere(name))

/** What is measured in each round: [peer, program, what, arguments of child.mjs]. */
function plan(round) {
  const all = []
  for (const name of names)
    for (const program of peers[name].programs) {
      all.push([name, program, 'first', ['first', program]])
      all.push([name, program, 'ops', ['ops', program, 1, milliseconds]])
      if (!peers[name].alone) all.push([name, program, 'ops64', ['ops', program, 64, milliseconds]])
      if (peers[name].sync) all.push([name, program, 'opsSync', ['ops', program, 1, milliseconds, 'sync']])
      if (round === 0) all.push([name, program, 'memory', ['memory', program, peers[name].kept]])
    }
  for (const name of names) if (!peers[name].unstoppable) for (const count of [1, 8]) all.push([name, '', `loops${count}`, ['loops', count, 1000]])
  return all
}

const found = new Map()

async function main() {
  for (let round = 0; round < rounds; round++)
    for (const [name, program, what, args] of plan(round)) {
      say(`\r\x1b[K${round + 1}/${rounds} ${name}: ${what} ${program}`)
      const key = JSON.stringify([name, program, what])
      if (!found.has(key)) found.set(key, [])
      found.get(key).push(await measure(name, ...args))
    }
  say('\r\x1b[K')
  const results = [...found].map(([key, figures]) => {
    const [peer, program, what] = JSON.parse(key)
    return { peer, program, what, figures }
  })
  const about = {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    system: `Linux ${release()}, ${cpus().length} processors`,
    load: Number(loadavg()[0].toFixed(1)),
    rounds,
  }
  if (options.json) return console.log(JSON.stringify({ about, results }, null, 1))
  const rows = names.flatMap((name) => peers[name].programs.map((program) => rowOf(results, name, program, peers[name])))
  const text = table(rows, about)
  console.log(text)
  if (options.table) writeFileSync(options.table, text)
  if (options.chart) writeFileSync(options.chart, chart(rows, about))
}

await main()
