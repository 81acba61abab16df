// Types of the package, by hand. docs/node.md is the page on it.
import { Readable, Writable } from 'node:stream'

/** "python", "python-lean", "javascript", "typescript", the path or file: URL of a .wasm or .wat file, or the bytes of a module in either form. */
export type Program = 'python' | 'javascript' | 'typescript' | (string & {}) | URL | Uint8Array | ArrayBuffer

/** A number of bytes, or text such as "64K", "256M", "1.5G" (of 1,024), "1MB" (of 1,000). */
export type Size = number | bigint | string

/** Limits of a sandbox. Time, fuel, stack, output and host calls end the run or eval that crosses them, with outcome "limit";
 * the others are refused to the guest as the error that its language knows, and it may go on. */
export interface Limits {
  /** Milliseconds in which one run or eval runs, sleeps, or waits for tools or input; waiting for a thread is not counted.
   * Default 30,000. Text has a unit: "500ms", "10s". */
  timeout?: number | string
  /** Milliseconds of processor time of one run or eval; 0, the default, does not limit it. Text as for `timeout`. */
  cpu?: number | string
  /** WebAssembly instructions of one run or eval; 0, the default, does not count them. */
  fuel?: number | bigint
  /** Linear memory and files in memory together. Default 256M. */
  memory?: Size
  /** Call stack. Default 8M. */
  stack?: Size
  /** Elements of a function table. Default 100,000. */
  tableElements?: number
  /** stdout and stderr together. Default 10M. */
  output?: Size
  /** Calls from the guest to the host. Default 1e9. */
  hostCalls?: number | bigint
  /** Files and directories that the guest makes. Default 10,000. */
  files?: number
  /** Bytes of the files that the guest makes. Default 64M. */
  fileBytes?: Size
  /** Open descriptors. Default 256. */
  descriptors?: number
  /** Calls of tools that are unanswered, given up by the guest or not. Default 16. */
  openCalls?: number
  /** What one run or eval shows: pictures and other rich results. What is beyond is left out and counted. Default 100. */
  displays?: number
  /** Its bytes, and 64 for each form of it. Default 32M. */
  displayBytes?: Size
  /** Bytes that values have in long buffers and typed arrays, as long as the host holds them. Default 128M, most 1G. */
  valueBytes?: Size
  /** Files and directories of the host that are open at once. Default 64. */
  hostDescriptors?: number
}

/** What a directory of the guest's shows: one of the host's, an empty one in memory, or a zip file. A path alone is read-only. */
export type Mount =
  | string
  | URL
  | { host: string | URL; mode?: 'ro' | 'rw' | 'overlay' }
  | { memory: Size }
  | { archive: string | URL }

export interface Policy extends Limits {
  /** Limits and grants that the other options stand over: a preset ("strict", "default", "roomy"), or the path or file: URL of a
   * policy file of TOML or JSON: docs/policy.md. */
  policy?: 'strict' | 'default' | 'roomy' | (string & {}) | URL
  /** Two runs of the same code with the same seed give the same, down to the receipt's digest. */
  deterministic?: boolean
  /** Of `deterministic`; default 0. */
  seed?: number | bigint
  /** Directories, by the guest's absolute paths. /work is there in any case: in memory, unless one is given for it. */
  preopens?: Record<string, Mount>
  env?: Record<string, string>
  /** Arguments, without the program's name. */
  args?: readonly string[]
  /** The program's name; default: the file's. */
  argv0?: string
  /** Default: empty. A number is a descriptor of the host's, read from where it stands. */
  stdin?: string | Uint8Array | number
  /** Shows a command /dev with null, zero and urandom; interpreters see it in any case. */
  devices?: boolean
  /** Lets a module throw and catch (compiled with -fwasm-exceptions), which is refused otherwise: docs/wasi.md. */
  exceptions?: boolean
  /** Packages: from PyPI for Python (`sympy`), from npm for JavaScript (`npm:zod@3`): docs/packages.md. Wants python3 on the host. */
  packages?: readonly string[]
}

/** Where output goes as it comes, besides the receipt. */
export type Target = Writable | ((chunk: Buffer) => void)

export interface Targets {
  stdout?: Target
  stderr?: Target
}

// ---------------------------------------------------------------------- tools

export interface ToolContext {
  /** Aborted when the guest waits no longer: its time is up, it was interrupted, the eval has ended. */
  readonly signal: AbortSignal
  readonly name: string
}

export type ToolFunction<Arguments = any> = (args: Arguments, context: ToolContext) => unknown

export interface Tool<Arguments = any> {
  /** Called on the event loop, with arguments that fit the schema. May return a promise; what it rejects with is an exception in
   * the guest, by name and message. */
  call: ToolFunction<Arguments>
  /** JSON Schema of the arguments, which are an object. Default: any. */
  schema?: object | boolean
  description?: string
  /** Also a global function of this name. */
  global?: boolean
  /** In one run or eval; 0, the default, is no limit. */
  maxCalls?: number
  /** Of the arguments, and of the result, of one call. Default 1M. */
  maxBytes?: Size
  /** Milliseconds of one call; 0, the default: what the guest has left. */
  timeout?: number
}

export type Tools = Record<string, Tool | ToolFunction>

// ---------------------------------------------------------------------- receipts

export type Outcome = 'ok' | 'exit' | 'error' | 'limit' | 'trap' | 'interrupted' | 'incomplete'

export interface Usage {
  /** null where it was not counted. */
  fuel: number | null
  wallNs: number
  cpuNs: number
  memoryPeakBytes: number
  outputBytes: number
  hostCalls: number
  fileBytesWritten: number
  /** Of wallNs: how long it could have gone on, but no thread took it. */
  queuedNs: number
}

export interface FileChange {
  path: string
  change: 'created' | 'modified' | 'deleted'
  type: 'file' | 'directory' | 'symlink' | 'other'
  size: number
  sha256: string | null
}

export interface Denial {
  call: string
  path: string
  reason: string
  times: number
}

/** Something that the guest showed, in one or more forms: by MIME type, a string where the type is one of text, else bytes. They are a
 * guest's word: HTML may hold scripts, and a PNG may be none. */
export interface Display {
  data: Record<string, string | Buffer>
  metadata: Record<string, any>
}

export interface ToolCall {
  name: string
  outcome: 'returned' | 'raised' | 'refused' | 'timed out' | 'interrupted'
  message: string
  /** JSON, cut at 4 KiB. */
  arguments: string
  /** What stood beside the text of arguments and result, the first 16 each. */
  argumentBlobs: { bytes: number; sha256: string | null }[]
  resultBlobs: { bytes: number; sha256: string | null }[]
  argumentsBytes: number
  resultBytes: number
  wallNs: number
}

/** A table: an Arrow IPC stream. Python's DataFrames come as one and become one; what came from a guest is a guest's word. */
export class ArrowData {
  constructor(data: Uint8Array)
  /** Of a table of the package apache-arrow, which has to be installed for this. */
  static from(table: unknown): ArrowData
  readonly data: Uint8Array
  /** As a table of the package apache-arrow, which has to be installed for this. */
  toTable(): any
}

/** A value of Python's that JavaScript has no type for. It goes back as what it was. */
export class Foreign {
  constructor(tag: 'decimal' | 'time', value: string)
  constructor(tag: 'complex' | 'timedelta', value: readonly number[])
  readonly tag: 'decimal' | 'complex' | 'time' | 'timedelta'
  /** A text; of complex [real, imaginary], of timedelta [days, seconds, microseconds]. */
  readonly value: string | readonly number[]
}

/** How a run or eval ended, and what it did. Reading it never throws, whatever the guest did. */
export class Receipt<Value = any> {
  private constructor()
  readonly outcome: Outcome
  /** Whether it ran to its end: outcome "ok". */
  readonly success: boolean
  readonly exitCode: number
  /** U+FFFD for what is no UTF-8; `stdoutBytes` has the bytes. */
  readonly stdout: string
  readonly stderr: string
  readonly stdoutBytes: Buffer
  readonly stderrBytes: Buffer
  readonly durationMs: number
  readonly usage: Usage
  /** The value of the last expression, if the source ends with one and its value can leave the sandbox; else undefined. */
  readonly value: Value
  /** Whether there is a value: tells null from none. What cannot leave the sandbox has its `repr`. */
  readonly hasValue: boolean
  /** The value as a person reads it. */
  readonly repr: string | null
  /** The uncaught exception, or the trap (type "trap"). */
  readonly error: { type: string; message: string; traceback: string } | null
  /** What it showed, in order: pictures, tables, open figures, and a last expression's value that has more to it than its `repr`. */
  readonly displays: Display[]
  /** How much it showed beyond that; `unfinished` says why. */
  readonly displaysMore: number
  readonly displaysTruncated: boolean
  /** The limit that ended it. */
  readonly limit: { name: string; allowed: number; used: number } | null
  readonly files: FileChange[]
  /** Whether there may be more than are listed: `unfinished` says why. */
  readonly filesTruncated: boolean
  /** What of the receipt is incomplete, and why: { files: 'deadline' }; usually {}. */
  readonly unfinished: Record<string, string>
  /** Attempts at what was not granted. */
  readonly denied: Denial[]
  readonly deniedMore: number
  readonly toolCalls: ToolCall[]
  readonly toolCallsMore: number
  /** Of a deterministic sandbox. */
  readonly digest: string | null
  /** Throws a GuestError unless it ran to its end; else the receipt itself. */
  throwIfFailed(): this
  toJSON(): Record<string, unknown>
}

// ---------------------------------------------------------------------- running

export interface SourceOptions {
  /** JavaScript: the source is a module. */
  module?: boolean
  /** As at a prompt: print values; may find the source incomplete. */
  interactive?: boolean
}

export interface RunSyncOptions extends Policy, SourceOptions {
  /** What an interpreter runs; none for a command. */
  source?: string | Uint8Array
}

/** Whose part of the threads: a whole number from 0, of a tenant, say. Default: a part of its own. */
export interface Lane {
  lane?: number
}

export interface RunOptions extends RunSyncOptions, Targets, Lane {
  tools?: Tools
  /** An abort ends it, and rejects with the signal's reason. */
  signal?: AbortSignal
}

/** Runs a program in a sandbox of its own, off the event loop. Rejects only for what is no fault of the guest's. */
export function run<Value = any>(program: Program, options?: RunOptions): Promise<Receipt<Value>>

/** The same on this thread, which waits for it: for scripts. */
export function runSync<Value = any>(program: Program, options?: RunSyncOptions): Receipt<Value>

export interface AgentResult {
  success: boolean
  exitCode: number
  durationMs: number
  stdout: string
  stderr: string
}

/** Runs a module with arguments; its name is "sandbox". */
export function executeAgentWasm(program: Program, args?: readonly string[], options?: RunOptions): Promise<AgentResult>

export interface EvalOptions extends SourceOptions, Targets {
  /** An abort interrupts it, which ends the sandbox (rewind() revives it), and rejects with the signal's reason. */
  signal?: AbortSignal
}

export interface SandboxOptions extends Policy, Targets, Lane {
  tools?: Tools
}

export interface File {
  name: string
  path: string
  type: 'file' | 'directory' | 'symlink' | 'other'
  size: number
}

/** The files of a sandbox, from outside. Relative paths are below /work; what is written counts against the guest's limits. */
export interface Files {
  /** Writes a file; directories that lead to it are made. */
  write(path: string, data: string | Uint8Array): Promise<void>
  /** Rejects with an ArgumentError where there are more bytes than `most`, by default 256M. */
  read(path: string, options?: { most?: Size }): Promise<Buffer>
  readText(path: string, options?: { most?: Size }): Promise<string>
  list(path?: string): Promise<File[]>
  remove(path: string): Promise<void>
  exists(path: string): Promise<boolean>
  /** Copies the tree below a directory into one of the host's; the number of files. */
  copyOut(guest: string, host: string | URL): Promise<number>
}

/** Code of others, under glass. Calls on one sandbox run in the order in which they were made. */
export class Sandbox {
  private constructor()
  static create(program: Program, options?: SandboxOptions): Promise<Sandbox>
  /** Runs source; globals stay. Rejects only for what is no fault of the guest's. */
  eval<Value = any>(source: string | Uint8Array, options?: EvalOptions): Promise<Receipt<Value>>
  /** Runs a command to its end; a sandbox runs one once. */
  run(options?: Targets & { signal?: AbortSignal }): Promise<Receipt>
  /** Output of all evals from now on, as it comes. Ends when the sandbox is closed. */
  readonly stdout: Readable
  readonly stderr: Readable
  /** Ends what runs, or the next eval, with outcome "interrupted". The sandbox has ended then; rewind() revives it. */
  interrupt(): void
  /** Whether nothing can run in it any more. */
  readonly ended: boolean
  /** Interrupts what runs, refuses what waits, and frees it. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
  readonly files: Files
  /** Sets global variables. */
  set(variables: Record<string, unknown>): Promise<void>
  /** The value of a global variable. */
  get<Value = any>(name: string): Promise<Value>
  /** Lets the guest call a tool from its next eval on, in place of one of the same name. */
  addTool(name: string, tool: Tool | ToolFunction): Promise<void>
  removeTool(name: string): Promise<void>
  /** What has become of files below `path` since the sandbox was made. */
  changes(path?: string): Promise<FileChange[] & { readonly unfinished: Record<string, string> }>
  /** Applies what the guest changed in a mount of mode "overlay" to the host's directory: the last thing to do with a sandbox. The
   * number of changes. */
  commit(path: string): Promise<number>
  /** The whole state between two evals, as a value: memory, globals, files. */
  snapshot(): Promise<Snapshot>
  /** Another one that goes on from here. Its random numbers are its own: `Math.random()`; Python's `random` (unless the program seeded
   * it), `random.Random()` and `tempfile`. A `twin` draws those that this one draws. */
  fork(options?: { twin?: boolean }): Promise<Sandbox>
  /** Takes it back to a snapshot of it or of a fork; also one that has ended. It keeps its own variables and arguments; random numbers
   * are new ones, unless `twin`. */
  rewind(snapshot: Snapshot, options?: { twin?: boolean }): Promise<void>
}

/** A state of a sandbox. It never changes; any number of sandboxes can go on from it. */
export class Snapshot {
  private constructor()
  /** Without options all is granted as it was; with any, all that the snapshot was taken with must be granted again, and variables and
   * arguments are those given here: the ones that were granted before are gone, unless `keepEnv`. Random numbers are its own, unless
   * `twin`: see {@link Sandbox.fork}. */
  spawn(options?: SandboxOptions & { twin?: boolean; keepEnv?: boolean }): Promise<Sandbox>
  /** Writes it to a file: treat that as you treat the data that the guest held, variables and arguments among it. A `key` of 32 random
   * bytes encrypts and authenticates it. After `timeout` milliseconds it ends with a StoppedError, and when `signal` is aborted with its
   * reason; the file is as it was then. */
  save(file: string | URL, options?: { key?: Uint8Array; timeout?: number; signal?: AbortSignal }): Promise<void>
  /** Reads a snapshot, from anybody: it can do no more than a guest. Its sandboxes get these grants. It may unpack to `most`, and take as
   * much memory, by default 1G. A file that was saved with a `key` needs it; with a key none is read that was saved without.
   * `loadTimeout`, in milliseconds, and `signal` are of reading it, as in `save`; `timeout` is what its sandboxes are granted. */
  static load(program: Program, file: string | URL, options?: SandboxOptions & { most?: Size; key?: Uint8Array; loadTimeout?: number; signal?: AbortSignal }): Promise<Snapshot>
  describe(): Promise<Record<string, any>>
}

/** What this machine supports and what was chosen; with a program, what it imports and would be denied. */
export function describe(program?: Program): Promise<Record<string, any>>

/** Of the whole process; before the first sandbox. */
export function configure(options?: {
  /** On which guests run: 1 to 1,024; default: $BELLJAR_THREADS, else one per processor. */
  threads?: number
  /** That may be alive at once: 1 to 30,000; default 1,000. */
  maxSandboxes?: number
  /** Calls of run() that may be under way at once on an event loop; others wait. Default: three quarters of maxSandboxes. */
  maxRuns?: number
  /** Of what is begun on the event loop's own thread, in milliseconds: 0 to 1,000; 0: nothing is. Default 0.2. */
  firstSlice?: number
  /** Of compiled modules; "" for none. Default: $BELLJAR_CACHE, else ~/.cache/belljar. */
  cacheDir?: string
  /** Files and directories of the host that all guests may have open together. Default: half of the process's limit of descriptors. */
  hostDescriptors?: number
  /** What compiling a module may take of the processor's time, in milliseconds. Default: by its size, 3 s and 3 s more for each MiB of code. */
  compileMs?: number
  /** What compiling a module may take of memory. Default: by its size, 384 MiB and 64 MiB more for each MiB of code. */
  compileBytes?: number
}): void

/** Of the library. */
export const version: string

// ---------------------------------------------------------------------- errors

/** What the host or the caller did. */
export class BelljarError extends Error {
  readonly code: string
  /** Of a system call that failed: as Node has it, negative; and its name, "ENOENT". */
  readonly errno?: number
  readonly errnoCode?: string
}
export class ArgumentError extends BelljarError { readonly code: 'ERR_BELLJAR_ARGUMENT' }
export class OutOfMemoryError extends BelljarError { readonly code: 'ERR_BELLJAR_MEMORY' }
export class IOError extends BelljarError { readonly code: 'ERR_BELLJAR_IO' }
export class ModuleError extends BelljarError { readonly code: 'ERR_BELLJAR_MODULE' }
export class ImportError extends BelljarError { readonly code: 'ERR_BELLJAR_IMPORT' }
export class UnsupportedError extends BelljarError { readonly code: 'ERR_BELLJAR_UNSUPPORTED' }
export class SandboxEndedError extends BelljarError { readonly code: 'ERR_BELLJAR_ENDED' }
export class GuestBrokenError extends BelljarError { readonly code: 'ERR_BELLJAR_GUEST' }
export class EngineError extends BelljarError { readonly code: 'ERR_BELLJAR_ENGINE' }
export class BusyError extends BelljarError { readonly code: 'ERR_BELLJAR_BUSY' }
/** interrupt() ended what was done to a sandbox's files from outside. */
export class StoppedError extends BelljarError { readonly code: 'ERR_BELLJAR_STOPPED' }

/** The guest's code did not end well: thrown by Receipt.throwIfFailed() alone. */
export class GuestError extends Error {
  readonly code: string
  readonly receipt: Receipt
}
export class GuestException extends GuestError { readonly code: 'ERR_BELLJAR_GUEST_EXCEPTION' }
export class LimitError extends GuestError { readonly code: 'ERR_BELLJAR_LIMIT' }
export class TrapError extends GuestError { readonly code: 'ERR_BELLJAR_TRAP' }
export class InterruptedError extends GuestError { readonly code: 'ERR_BELLJAR_INTERRUPTED' }
export class ExitError extends GuestError { readonly code: 'ERR_BELLJAR_EXIT' }
