// The tables of docs/values.md that a Node host makes: what arrives of each value, measured with real guests.
//
//     node bindings/node/tests/values-table.mjs --write
import { readFileSync, writeFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { fileURLToPath } from 'node:url'

import { Sandbox } from '../lib/index.mjs'

export const PAGE = fileURLToPath(new URL('../../../docs/values.md', import.meta.url))

const lines = (text) => text.split('\n').slice(1, -1)

const PYTHON = lines(String.raw`
None
7
2**53
1.0
-0.0
float("nan")
"é\0😀"
(1, 2)
{"a": 1}
{"$set": [1]}
{"__proto__": 1}
{1: "a", (2,): "b"}
{1, "a"}
{1.5, float("nan"), math.nan}
b"\x00\xff"
array.array("d", [1.5])
datetime.datetime(2024, 1, 2, 3, 4, 5)
datetime.datetime(2024, 1, 2, 3, 4, 5, 678901)
datetime.date(2024, 1, 2)
datetime.timedelta(1, 2, 3)
decimal.Decimal("1.50")
1+2j
object()
`)

const JAVASCRIPT = lines(String.raw`
null
undefined
7
7n
2 ** 60
-0
NaN
"é\0😀"
"\ud800"
[1, undefined]
[1, , 2]
({a: 1, b: undefined})
({$set: [1]})
JSON.parse('{"__proto__": 1}')
new Map([["a", 1], [2, "b"]])
new Set([1, [2]])
new Uint8Array([0, 255])
new Uint8Array([1, 2]).buffer
new Float64Array([1.5])
new Date(0)
new Date(NaN)
new Number(1)
new (class P { x = 1 })
({toJSON: () => "told"})
() => 1
new Error("e")
/x/
`)

function code(text) {
  const escaped = text.replaceAll('|', '\\|').replaceAll('\n', ' ')
  return escaped.includes('`') ? `\`\` ${escaped} \`\`` : `\`${escaped}\``
}

const table = (columns, rows) => [columns, columns.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`)

async function fromGuest(program, expressions, before = '0') {
  const box = await Sandbox.create(program)
  ;(await box.eval(before)).throwIfFailed()
  const rows = []
  for (const expression of expressions) {
    const receipt = await box.eval(expression)
    rows.push([code(expression), receipt.hasValue ? code(inspect(receipt.value)) : 'no value'])
  }
  await box.close()
  return rows
}

async function arrived(box, value) {
  try {
    await box.set({ x: value })
  } catch (error) {
    return error.name
  }
  return code((await box.eval('x')).repr ?? 'undefined')
}

async function intoGuests(expressions) {
  const python = await Sandbox.create('python')
  const javascript = await Sandbox.create('javascript')
  const rows = []
  for (const expression of expressions) {
    const value = (0, eval)(expression)
    rows.push([code(expression), await arrived(python, value), await arrived(javascript, value)])
  }
  await Promise.all([python.close(), javascript.close()])
  return rows
}

/** The page as it should be. */
export async function page() {
  const section = [
    '### A Node host', '',
    ...table(['in a Python guest', 'in Node'], await fromGuest('python', PYTHON, 'import array, datetime, decimal, math')), '',
    ...table(['in a JavaScript guest', 'in Node'], await fromGuest('javascript', JAVASCRIPT)), '',
    ...table(['in Node', 'in a Python guest', 'in a JavaScript guest'], await intoGuests(JAVASCRIPT.filter((text) => !text.startsWith('/')))),
  ].join('\n')
  const text = readFileSync(PAGE, 'utf8')
  return text.replace(/(<!-- begin node[^\n]*-->\n)[^]*?(<!-- end node -->)/, (_, begin, end) => `${begin}${section}\n${end}`)
}

if (process.argv[2] === '--write') writeFileSync(PAGE, await page())
