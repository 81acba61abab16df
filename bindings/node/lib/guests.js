// Where the guests lie, and what of them is compiled: in this package, and in belljar-data where that is installed.
'use strict'

const path = require('node:path')

const { classes } = require('./errors')
const { version } = require('../package.json')

const OWN = path.join(__dirname, '../native/guests')

/** The folder of belljar-data beside this package, or above it as require() looks; null where there is none. */
function dataFolder() {
  let file
  try {
    file = require.resolve('belljar-data/package.json', { paths: [__dirname] })
  } catch {
    return null
  }
  const data = require(file)
  if (data.version !== version)
    throw new classes.ArgumentError(`belljar-data ${data.version} is installed beside belljar ${version}: npm install belljar-data@${version}`)
  return path.join(path.dirname(file), 'guests')
}

let found

/** `folders`, with colons between: the full Python's before the lean one's. `compiled`: of belljar-data, or null. */
function guests() {
  if (process.env.BELLJAR_GUESTS) return { folders: process.env.BELLJAR_GUESTS, compiled: null }
  if (!found) {
    const data = dataFolder()
    found = data ? { folders: `${data}:${OWN}`, compiled: path.join(data, 'compiled') } : { folders: OWN, compiled: null }
  }
  return found
}

module.exports = { guests }
