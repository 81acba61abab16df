// Packages from PyPI for Python, and from npm for JavaScript, in the sandbox: docs/packages.md. packages.py, which lies beside the guests,
// finds and keeps them. Nothing of a package runs on the host.
'use strict'

const { execFile } = require('node:child_process')
const { existsSync } = require('node:fs')
const path = require('node:path')
const { promisify } = require('node:util')

const { classes } = require('./errors')
const { guests } = require('./guests')

/** In the first of the folders of guests that has it. */
function finder() {
  const places = guests().folders.split(':').map((folder) => path.join(folder, 'packages.py'))
  return places.find((place) => existsSync(place)) ?? places[0]
}

async function resolve(names, lean) {
  const options = lean ? ['--json', '--lean'] : ['--json']
  try {
    const { stdout } = await promisify(execFile)('python3', ['-I', finder(), 'resolve', ...options, '--', ...names], { maxBuffer: 1 << 24 })
    return JSON.parse(stdout)
  } catch (error) {
    throw new classes.IOError(`packages: ${(error.stderr || error.message).trim()}`, { cause: error })
  }
}

const isOfNpm = (name) => name.startsWith('npm:')

/** The options with mounts and variables in place of `packages`, for a sandbox of this program (as policy.js has it). */
async function granted(program, { packages: names, ...options }) {
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string' && name && !name.startsWith('-')))
    throw new classes.ArgumentError('packages: an array of requirements: "sympy" as pip takes them, "npm:zod@3" as npm does')
  const strange = names.find((name) => isOfNpm(name) !== (program === 'javascript' || program === 'typescript'))
  if (strange !== undefined)
    throw new classes.ArgumentError(`packages: ${strange} is for ${isOfNpm(strange) ? 'JavaScript' : 'Python; a package of npm\'s is written npm:NAME'}`)
  const { variables, archives } = await resolve(names, program === 'python-lean')
  const mounts = Object.fromEntries(archives.map(({ file, path: guest }) => [guest, { archive: file }]))
  return { ...options, preopens: { ...options.preopens, ...mounts }, env: { ...options.env, ...variables } }
}

module.exports = { granted }
