// table.mjs: the figures of a run as a table in Markdown. Best of the rounds: what it takes when nobody disturbs it.
const PROGRAMS = { hello: 'hello-world module', javascript: 'JavaScript `1+1`', python: 'Python `1+1`' }

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1]

/** One peer and one program: the best figure of each kind, or undefined. */
export function rowOf(results, peer, program, { unstoppable, alone }) {
  const of = (what, name = program) => results.find((r) => r.peer === peer && r.program === name && r.what === what)?.figures
  const most = (what) => of(what) && Math.max(...of(what).map(({ ops }) => ops))
  const least = (what, field, name) => of(what, name) && Math.min(...of(what, name).map((figure) => figure[field]))
  return {
    peer, program, unstoppable, alone,
    processMs: least('first', 'processMs'),
    ops: most('ops'),
    ops64: most('ops64'),
    opsSync: most('opsSync') ?? (alone && most('ops')),
    bytes: of('memory')?.[0].bytes,
    p99: [1, 8].map((count) => of(`loops${count}`, '') && median(of(`loops${count}`, '').map(({ p99 }) => p99))),
  }
}

const digits = (number) => (number >= 100 ? Math.round(number).toLocaleString('en-US') : number.toPrecision(number >= 10 ? 3 : 2))
const ms = (number) => (number === undefined ? '' : `${digits(number)} ms`)
const perSecond = (number) => (number === undefined ? '' : digits(number))

function memory(bytes) {
  if (bytes === undefined) return ''
  return bytes >= 1 << 20 ? `${digits(bytes / (1 << 20))} MiB` : `${digits(bytes / 1024)} KiB`
}

function delay(row, which) {
  if (row.unstoppable) return 'stands still'
  return ms(row.p99[which])
}

const columns = [
  ['', ({ peer }) => peer],
  ['runs', ({ program }) => PROGRAMS[program]],
  ['a process of node, to the first result', ({ processMs }) => ms(processMs)],
  ['a fresh one takes', ({ ops }) => ms(1000 / ops)],
  ['a second, one after the other', ({ ops }) => perSecond(ops)],
  ['a second, 64 at once', ({ ops64, alone }) => (alone ? 'the same' : perSecond(ops64))],
  ['a second, on the thread that asks', ({ opsSync, alone }) => (alone ? 'the same' : opsSync ? perSecond(opsSync) : '')],
  ['memory of one that stays', ({ bytes }) => memory(bytes)],
  ['event loop p99, 1 endless loop', (row) => delay(row, 0)],
  ['8 endless loops', (row) => delay(row, 1)],
]

/** The ratios that matter, in words. */
function ratios(rows) {
  const find = (peer, program) => rows.find((row) => row.peer === peer && row.program === program)
  const wasi = find('node:wasi', 'hello')
  const lines = []
  const beside = (program, other, named) => {
    const own = find('Belljar', program)
    if (!own || !other) return
    const times = (ops) => `${digits(ops / other.ops)}×`
    lines.push(`- ${PROGRAMS[program]}: ${times(own.ops)} the operations of ${named} one after the other, ${times(own.ops64)} with 64 at once, ${times(own.opsSync)} on the thread that asks.`)
  }
  beside('hello', wasi, '`node:wasi`')
  beside('python', wasi, "`node:wasi`'s hello-world module")
  beside('python', find('Pyodide', 'python'), 'Pyodide (which is loaded anew for each)')
  beside('javascript', find('isolated-vm', 'javascript'), 'isolated-vm')
  beside('javascript', find('quickjs-emscripten', 'javascript'), 'quickjs-emscripten')
  return lines.join('\n')
}

export function table(rows, about) {
  const head = `| ${columns.map(([title]) => title).join(' | ')} |`
  const rule = `|${' --- |'.repeat(columns.length)}`
  const body = rows.map((row) => `| ${columns.map(([, cell]) => cell(row)).join(' | ')} |`)
  return `# Sandboxes in Node, side by side

Written by \`bench/node/run --table docs/node-benchmark.md --chart docs/node-benchmark.svg\`; [bench/README.md](../bench/README.md) says what is
measured. ${about.date}, Node ${about.node}, ${about.system}, load ${about.load}; best of ${about.rounds} rounds, event loop: their median.
"Stands still": nothing in the process can end the loop, and its event loop never goes on.

![Operations per second](node-benchmark.svg)

${[head, rule, ...body].join('\n')}

${ratios(rows)}
`
}
