// The package: CommonJS. index.mjs is the same for import.
'use strict'

const { configure, core } = require('./core')
const { classes } = require('./errors')
const { Receipt } = require('./receipt')
const sandbox = require('./sandbox')
const { ArrowData } = require('./arrow')
const { Foreign } = require('./values')

const { run, runSync, executeAgentWasm, Sandbox, Snapshot, describe } = sandbox

module.exports = { run, runSync, executeAgentWasm, Sandbox, Snapshot, Receipt, Foreign, ArrowData, describe, configure, version: core.version, ...classes }
