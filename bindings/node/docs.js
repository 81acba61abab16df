// Writes docs/node.md: what is said here, and the types in lib/, which are the one place where the interface is told.
//
//     node bindings/node/docs.js            to standard output
//     node bindings/node/docs.js --write
'use strict'

const { readFileSync, writeFileSync } = require('node:fs')
const path = require('node:path')

const PAGE = path.join(__dirname, '../../docs/node.md')

const INTRODUCTION = `# The Node package

Generated from the types in \`bindings/node/lib\` by \`bindings/node/docs.js --write\`; [bindings/node/README.md](../bindings/node/README.md)
is the quick start, [from-node-wasi.md](from-node-wasi.md) the way from \`node:wasi\`.

## What runs where

- **The event loop waits for no guest longer than a fifth of a millisecond.** The first slice of an eval or run, and of making a sandbox, is
  taken on the loop's own thread, where most of what is short is done then and there. What is not, goes on on threads of
  Belljar's (not libuv's four). All first slices together take a millisecond at most until the loop has gone round; what became
  of files that were changed in one of them is found out on those threads, and what may have to wait
  for the host (its files, a descriptor, a program that is not compiled yet) is never begun there. \`configure({ firstSlice: 0 })\` switches it off.
  There is a thread for each processor; \`configure({ threads })\` or \`$BELLJAR_THREADS\` says otherwise.
- **Guests take turns** of 5 ms on these threads: the next one is the sandbox's that has had least time. Endless loops share them; a sandbox that
  is new waits for a few turns, however many others there are. Sandboxes with the same \`lane\` (a tenant's, say) share the part of one.
- **Time is the guest's own.** \`timeout\` counts what a guest runs, sleeps and waits for its tools, not its wait for a thread (\`usage.queuedNs\`).
- **Runs** have a sandbox each: \`configure({ maxRuns })\` are under way at once, three quarters of \`maxSandboxes\` by default; others wait for
  their end, and their time does not begin before.
- **A guest that waits for a tool holds no thread**, however long the promise takes. So does one that sleeps. One that reads
  a descriptor of the host's holds one; further threads take the place of those, up to 64.
- **Calls on one sandbox run in their order**: an eval, a file, a snapshot. A call that a tool makes on the sandbox that waits for the
  tool would wait for ever, and rejects with a BusyError; it does so also where others lie between. (Two
  evals whose tools wait for each other's sandboxes end by their time.)
- **Tools and output** are told on the event loop of the environment (main thread or worker) that made the sandbox. Output is not held
  back: what a slow Writable has not taken is in memory, up to the limit \`output\`.
- **Workers** share the engine and the threads. Sandboxes and snapshots belong to the worker that made them; a snapshot goes to another one by a file.
- **Ends.** What is pending keeps a process alive; idle sandboxes do not. A process or worker may end at any time: its
  guests are interrupted. A sandbox that is forgotten is collected with its object; \`close()\` and \`await using\` do it at once.
- **\`runSync\`** runs on the calling thread, which waits: for scripts.

## Values

Values of guests arrive as what they are, those of tools and \`set()\` go the other way: [values.md](values.md) has the tables.

| Python | JavaScript |
| --- | --- |
| None | null (undefined becomes None) |
| bool, str, float, int up to 2**53 - 1 | boolean, string, number |
| int beyond | bigint (a small bigint becomes an int as well) |
| bytes | Buffer (any Uint8Array, ArrayBuffer, DataView) |
| array.array | any other typed array |
| list, tuple | Array |
| dict with keys that are str | object |
| any other dict | Map |
| set, frozenset | Set |
| datetime, date | Date: without an offset taken for UTC; where there are microseconds, \`iso\` has them |
| a pandas DataFrame (the full Python) | \`ArrowData\`, an Arrow IPC stream: \`toTable()\` with apache-arrow |
| timedelta, Decimal, time, complex | \`Foreign\`, which goes back as what it was |

Nothing else has a form: \`hasValue\` is false then, and an argument or a tool's answer a TypeError in the guest. Nothing of a guest is ever
evaluated, and no key of its objects reaches a prototype.

## Errors

Two families. A promise rejects with a \`BelljarError\` for what the host or the caller did; its \`code\` is \`ERR_BELLJAR_…\`. What the *guest*
did is told by the receipt, and thrown as a \`GuestError\` by \`receipt.throwIfFailed()\` alone. An abort rejects with the signal's reason.

## Adapters

| framework | |
| --- | --- |
| Vercel's AI SDK | \`import { codeTool } from 'belljar/ai'\` |
| Mastra | \`import { codeTool } from 'belljar/mastra'\` |
| LangChain.js, LangGraph | \`import { codeTool } from 'belljar/langchain'\` |
| Model Context Protocol, and whatever takes JSON Schema | \`import { mcpTool } from 'belljar/mcp'\` |

[adapters.md](adapters.md) says what they have in common; \`bindings/node/examples\` has one of each.
`

/** The sections of a file of types: [[title, text], …]. */
function sections(name) {
  const text = readFileSync(path.join(__dirname, 'lib', name), 'utf8').replace(/^\/\/.*\n/, '')
  const [first, ...rest] = text.split(/^\/\/ -+ /m)
  return [['what it takes', first], ...rest.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)])]
}

function page() {
  const parts = [INTRODUCTION]
  for (const [title, text] of sections('index.d.ts'))
    parts.push(`## Types: ${title}\n\n\`\`\`ts\n${text.trim()}\n\`\`\`\n`)
  parts.push(`## Types: belljar/agent\n\n\`\`\`ts\n${readFileSync(path.join(__dirname, 'lib/agent.d.mts'), 'utf8').trim()}\n\`\`\`\n`)
  return parts.join('\n')
}

if (process.argv[2] === '--write') writeFileSync(PAGE, page())
else process.stdout.write(page())
