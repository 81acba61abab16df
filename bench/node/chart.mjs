// chart.mjs: operations per second as bars, on a logarithmic scale, drawn as SVG by hand.
const TITLES = { hello: 'hello-world module', javascript: 'JavaScript 1+1', python: 'Python 1+1' }
const WIDTH = 820
const LEFT = 246
const RIGHT = 90
const BAR = 20
const GAP = 6

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2933 } .title { font-weight: 600; font-size: 15px } .group { font-weight: 600 }
  .quiet { fill: #627d98; font-size: 11px } .grid { stroke: #d9e2ec } .peer { fill: #9fb3c8 } .own { fill: #0f766e } .more { fill: #5eada5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e4e7eb } .quiet { fill: #9fb3c8 } .grid { stroke: #3e4c59 } .peer { fill: #627d98 } .own { fill: #2dd4bf } .more { fill: #14807a }
  }`

const escape = (text) => text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c])
const number = (value) => (value >= 10 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(2))

/** Bars of one program, the slowest first: [name, operations, class]. */
function bars(rows, program) {
  const all = []
  for (const row of rows.filter((each) => each.program === program && each.ops)) {
    const own = row.peer === 'Belljar'
    all.push([row.peer, row.ops, own ? 'own' : 'peer'])
    if (row.ops64) all.push([`${row.peer}, 64 at once`, row.ops64, own ? 'more' : 'peer'])
  }
  return all.sort(([, a], [, b]) => a - b)
}

export function chart(rows, about) {
  const groups = Object.keys(TITLES).map((program) => [TITLES[program], bars(rows, program)]).filter(([, each]) => each.length)
  const values = groups.flatMap(([, each]) => each.map(([, value]) => value))
  const low = Math.floor(Math.log10(Math.min(...values, 1)))
  const high = Math.ceil(Math.log10(Math.max(...values)))
  const x = (value) => LEFT + ((Math.log10(value) - low) / (high - low)) * (WIDTH - LEFT - RIGHT)
  const parts = []
  let y = 50
  for (const [title, each] of groups) {
    parts.push(`<text class="group" x="12" y="${y + 14}">${title}</text>`)
    y += 24
    for (const [name, value, kind] of each) {
      const end = x(value)
      parts.push(
        `<text x="${LEFT - 8}" y="${y + 15}" text-anchor="end">${escape(name)}</text>` +
          `<rect class="${kind}" x="${LEFT}" y="${y}" width="${(end - LEFT).toFixed(1)}" height="${BAR}" rx="2"/>` +
          `<text x="${(end + 6).toFixed(1)}" y="${y + 15}">${number(value)}</text>`,
      )
      y += BAR + GAP
    }
    y += 12
  }
  const grid = Array.from({ length: high - low + 1 }, (_, i) => low + i).map((power) => {
    const at = x(10 ** power).toFixed(1)
    return `<line class="grid" x1="${at}" x2="${at}" y1="50" y2="${y}"/><text class="quiet" x="${at}" y="${y + 16}" text-anchor="middle">${number(10 ** power)}</text>`
  })
  const note = `${about.date}, Node ${about.node}, ${about.system}; logarithmic; bench/node/run --chart FILE`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 48}" role="img" aria-label="Fresh sandboxes a second">
<style>${STYLE}</style>
<text class="title" x="12" y="24">Fresh sandboxes a second, in one Node process</text>
${grid.join('\n')}
${parts.join('\n')}
<text class="quiet" x="12" y="${y + 38}">${escape(note)}</text>
</svg>
`
}
