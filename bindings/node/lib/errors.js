// Errors. Two families, as in the library: BelljarError is the host's or the caller's fault, and a promise rejects with it. What the
// guest did wrong is told by a receipt, and thrown as a GuestError only by receipt.throwIfFailed().
'use strict'

const util = require('node:util')

class BelljarError extends Error {
  code = 'ERR_BELLJAR_ENGINE'

  get name() {
    return this.constructor.name
  }
}

/** A class for each code of the library: `ERR_BELLJAR_…`. */
function kind(name, code) {
  const made = { [name]: class extends BelljarError { code = code } }
  return made[name]
}

const ArgumentError = kind('ArgumentError', 'ERR_BELLJAR_ARGUMENT')
const OutOfMemoryError = kind('OutOfMemoryError', 'ERR_BELLJAR_MEMORY')
const IOError = kind('IOError', 'ERR_BELLJAR_IO')
const ModuleError = kind('ModuleError', 'ERR_BELLJAR_MODULE')
const ImportError = kind('ImportError', 'ERR_BELLJAR_IMPORT')
const UnsupportedError = kind('UnsupportedError', 'ERR_BELLJAR_UNSUPPORTED')
const SandboxEndedError = kind('SandboxEndedError', 'ERR_BELLJAR_ENDED')
const GuestBrokenError = kind('GuestBrokenError', 'ERR_BELLJAR_GUEST')
const EngineError = kind('EngineError', 'ERR_BELLJAR_ENGINE')
const BusyError = kind('BusyError', 'ERR_BELLJAR_BUSY')
const StoppedError = kind('StoppedError', 'ERR_BELLJAR_STOPPED')

// By bj_error_code.
const kinds = [
  EngineError, ArgumentError, OutOfMemoryError, IOError, ModuleError, ImportError, UnsupportedError, SandboxEndedError,
  GuestBrokenError, EngineError, BusyError, StoppedError,
]

/** The error of [code, errno, message]. `errno` is negative, as Node has it, and `syscallCode` its name. */
function makeError([code, errno, message]) {
  const error = new (kinds[code] ?? EngineError)(message)
  if (errno) {
    error.errno = -errno
    error.errnoCode = util.getSystemErrorName(-errno)
  }
  return error
}

class GuestError extends Error {
  code = 'ERR_BELLJAR_GUEST_FAILED'

  constructor(message, receipt) {
    super(message)
    Object.defineProperty(this, 'receipt', { value: receipt })
  }

  get name() {
    return this.constructor.name
  }
}

class GuestException extends GuestError {
  code = 'ERR_BELLJAR_GUEST_EXCEPTION'
}

class LimitError extends GuestError {
  code = 'ERR_BELLJAR_LIMIT'
}

class TrapError extends GuestError {
  code = 'ERR_BELLJAR_TRAP'
}

class InterruptedError extends GuestError {
  code = 'ERR_BELLJAR_INTERRUPTED'
}

class ExitError extends GuestError {
  code = 'ERR_BELLJAR_EXIT'
}

module.exports = {
  makeError,
  classes: {
    BelljarError, ArgumentError, OutOfMemoryError, IOError, ModuleError, ImportError, UnsupportedError, SandboxEndedError,
    GuestBrokenError, EngineError, BusyError, StoppedError, GuestError, GuestException, LimitError, TrapError, InterruptedError, ExitError,
  },
}
