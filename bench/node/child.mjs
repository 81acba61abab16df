// child.mjs: one measurement of one peer, in a process of its own; prints it as JSON: child.mjs PEER WHAT [ARGUMENTS]
//
//     ops PROGRAM WIDTH MS [sync]
//                            operations in a second, WIDTH at once, for MS milliseconds
//     memory PROGRAM COUNT   bytes that belong to this process alone, per sandbox that stays
//     loops COUNT MS         delay of the event loop while COUNT endless loops run, p50, p99 and max in milliseconds
//     first PROGRAM          prints what the program gives, and ends
import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

import { expected, peers } from './peers.mjs'

const [name, what, ...args] = process.argv.slice(2)
const { open, least = 50 } = peers[name]
const peer = await open()

function check(program, given) {
  if (given !== expected[program]) throw new Error(`${name} gave ${JSON.stringify(given)} for ${program}`)
}

async function ops(program, width, ms, way = 'fresh') {
  const work = peer[way][program]
  let left = least > 1 ? least : 0 // warm first
  const worker = async (until) => {
    let done = 0
    while (until ? performance.now() < until || done === 0 : left-- > 0) {
      check(program, await work())
      done++
      if (done % 64 === 0) await new Promise(setImmediate)
    }
    return done
  }
  const all = (until) => Promise.all(Array.from({ length: Number(width) }, () => worker(until)))
  await all()
  const began = performance.now()
  const done = (await all(began + Number(ms))).reduce((a, b) => a + b)
  return { ops: done / ((performance.now() - began) / 1000) }
}

/** What no other process has, in bytes. */
function own() {
  const fields = readFileSync('/proc/self/smaps_rollup', 'utf8').matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm)
  return [...fields].reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1024, 0)
}

async function memory(program, count) {
  const kept = []
  const settle = async () => {
    globalThis.gc()
    await new Promise((resolve) => setTimeout(resolve, 100))
    globalThis.gc()
    return own()
  }
  kept.push(await peer.keep[program]())
  const before = await settle()
  for (let i = 0; i < Number(count); i++) kept.push(await peer.keep[program]())
  return { bytes: (await settle() - before) / Number(count), kept: kept.length }
}

async function loops(count, ms) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await new Promise((resolve) => setTimeout(resolve, 20)) // no reset: after it, the first delay would go unseen
  await Promise.all(Array.from({ length: Number(count) }, () => peer.loop(Number(ms))))
  await new Promise((resolve) => setTimeout(resolve, 5))
  delay.disable()
  const at = (percent) => delay.percentile(percent) / 1e6
  return { p50: at(50), p99: at(99), max: delay.max / 1e6 }
}

async function first(program) {
  check(program, await peer.fresh[program]())
  return {}
}

console.log(JSON.stringify(await { ops, memory, loops, first }[what](...args)))
await peer.close?.()
process.exit()
