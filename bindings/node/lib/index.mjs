// The package for import: one and the same as for require.
import belljar from './index.js'

export const {
  run, runSync, executeAgentWasm, Sandbox, Snapshot, Receipt, Foreign, ArrowData, describe, configure, version,
  BelljarError, ArgumentError, OutOfMemoryError, IOError, ModuleError, ImportError, UnsupportedError, SandboxEndedError,
  GuestBrokenError, EngineError, BusyError, StoppedError, GuestError, GuestException, LimitError, TrapError, InterruptedError, ExitError,
} = belljar
