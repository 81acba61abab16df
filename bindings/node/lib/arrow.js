// Tables between host and guest: Arrow IPC streams, which the package apache-arrow reads and writes, where it is installed.
'use strict'

const TYPE = 'application/vnd.apache.arrow.stream'

function apacheArrow() {
  try {
    return require('apache-arrow')
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error
    throw new Error('tables want the package apache-arrow: npm install apache-arrow', { cause: error })
  }
}

/** A table: the bytes of an Arrow IPC stream. One that came from a guest is a guest's word. */
class ArrowData {
  constructor(data) {
    if (!(data instanceof Uint8Array)) throw new TypeError('ArrowData: a Uint8Array with an Arrow IPC stream')
    this.data = data
  }

  /** Of a table of apache-arrow's. */
  static from(table) {
    return new ArrowData(apacheArrow().tableToIPC(table, 'stream'))
  }

  /** A table of apache-arrow's. */
  toTable() {
    return apacheArrow().tableFromIPC(this.data)
  }
}

module.exports = { ArrowData, TYPE }
