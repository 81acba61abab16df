// Packages from PyPI for Python in the sandbox: docs/packages.md. packages.py, which lies beside the guests, runs pip, which takes
// wheels alone, and keeps them. Nothing of a package runs on the host.
'use strict'

const { execFile } = require('node:child_process')
const path = require('node:path')
const { promisify } = require('node:util')

const { GUESTS } = require('./core')
const { classes } = require('./errors')

async function resolve(names) {
  const program = path.join(process.env.BELLJAR_GUESTS || GUESTS, 'packages.py')
  try {
    const { stdout } = await promisify(execFile)('python3', ['-I', program, 'resolve', '--json', '--', ...names], { maxBuffer: 1 << 24 })
    return JSON.parse(stdout)
  } catch (error) {
    throw new classes.IOError(`packages: ${(error.stderr || error.message).trim()}`, { cause: error })
  }
}

/** The options with mounts and variables in place of `packages`. */
async function granted({ packages: names, ...options }) {
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string' && name && !name.startsWith('-')))
    throw new classes.ArgumentError('packages: an array of requirements, as pip takes them')
  const { variable, wheels } = await resolve(names)
  const mounts = Object.fromEntries(wheels.map(({ file, path: guest }) => [guest, { archive: file }]))
  return { ...options, preopens: { ...options.preopens, ...mounts }, env: { ...options.env, [variable[0]]: variable[1] } }
}

module.exports = { granted }
