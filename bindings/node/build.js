// Builds the addon and puts the guests beside it, in native/: npm runs this after installing the folder of the sources.
//
//     node build.js            what `npm install` runs: does nothing where all is there and new
//     node build.js --into DIR the same into another folder, from scratch: for make-npm-pack.sh
//
// A packed package has all of it and does not run this. The library is linked in whole; where it is not built yet, `make library` at the top
// of the tree builds it first. No headers are downloaded but those of the npm package node-api-headers.
'use strict'

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const HERE = __dirname
const ROOT = path.resolve(HERE, '../..')
const BUILD = path.join(ROOT, 'build')
const RUNTIMES = ['python', 'javascript', 'typescript']
const GUESTS = ['python.image.wasm', 'python-lib.zip', 'javascript.image.wasm', 'typescript.image.wasm', 'packages.py']
const NPM = path.join(BUILD, 'guests/npm') // what packages.py runs for packages of npm's
const LIBRARIES = ['libbelljar.a', 'engine/libbjwasmtime.a'].map((name) => path.join(BUILD, name))

function run(command, args, options = {}) {
  const { error, status } = spawnSync(command, args, { stdio: 'inherit', ...options })
  if (error || status !== 0) throw new Error(`${command}: ${error ? error.message : `exit status ${status}`}`)
}

function time(file) {
  return fs.existsSync(file) ? fs.statSync(file).mtimeMs : 0
}

/** Whether `made` is there, and newer than all that it is made from. */
function isNew(made, sources) {
  return time(made) > Math.max(...sources.map((file) => time(file) || Infinity))
}

function headers() {
  const find = () => require.resolve('node-api-headers/package.json', { paths: [HERE] })
  try {
    return path.join(path.dirname(find()), 'include')
  } catch {
    // npm does not install what a folder depends on that is linked from elsewhere.
    run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: HERE })
    return path.join(path.dirname(find()), 'include')
  }
}

function compile(into) {
  const folder = path.join(HERE, 'src')
  const sources = fs.readdirSync(folder).map((name) => path.join(folder, name))
  const made = path.join(into, 'belljar.node')
  const exported = path.join(HERE, 'exports.map')
  if (isNew(made, [...sources, ...LIBRARIES, exported, path.join(ROOT, 'include/belljar.h'), __filename])) return
  const flags = ['-std=c11', '-O2', '-fPIC', '-fvisibility=hidden', '-Wall', '-Wextra', '-Wshadow', '-Werror']
  // Node has a zlib and a zstd of its own: those that are linked in keep their symbols to this file. The code stays loaded when an
  // environment ends, for its threads live on.
  const own = ['-ljansson', '-lnettle', '-l:libzstd.a', '-l:libz.a']
  const link = ['-Wl,-rpath,$ORIGIN', '-shared', '-Wl,--gc-sections', '-Wl,-z,relro,-z,now,-z,nodelete', '-Wl,--strip-debug', `-Wl,--version-script=${exported}`]
  const defined = ['-D_GNU_SOURCE', '-DNAPI_VERSION=8', `-I${headers()}`, `-I${path.join(ROOT, 'include')}`]
  const given = (process.env.CFLAGS ?? '').split(/\s+/).filter(Boolean)
  const code = sources.filter((name) => name.endsWith('.c'))
  run(process.env.CC || 'cc', [...flags, ...given, ...defined, ...link, ...code, ...LIBRARIES, ...own, '-lpthread', '-ldl', '-lm', '-o', `${made}.new`])
  // A shared library may lack what it wants without the linker's minding: node provides Node-API.
  fs.renameSync(`${made}.new`, `${made}.new.node`)
  run(process.execPath, ['-e', `require(${JSON.stringify(`${made}.new.node`)})`])
  fs.renameSync(`${made}.new.node`, made)
}

/** Shared libraries that not every system has, beside the addon, which looks for them there first. */
function copyShared(into) {
  const told = spawnSync('ldd', [path.join(into, 'belljar.node')], { encoding: 'utf8' }).stdout
  for (const [, name, file] of told.matchAll(/^\s*(lib(?:jansson|nettle)\.so\.\d+) => (\/\S+)/gm))
    if (path.dirname(file) !== into) fs.copyFileSync(file, path.join(into, name))
}

/** The guests, and their compiled forms, so that the first sandbox need not wait for the compiler. */
function copyGuests(into) {
  const guests = path.join(into, 'guests')
  const sources = GUESTS.map((name) => path.join(BUILD, 'guests', name))
  const stamp = path.join(guests, 'stamp')
  const npm = fs.readdirSync(NPM).filter((name) => name.endsWith('.py'))
  if (isNew(stamp, [...sources, ...npm.map((name) => path.join(NPM, name)), path.join(BUILD, 'engine/libbjwasmtime.a')])) return
  fs.rmSync(guests, { recursive: true, force: true })
  fs.mkdirSync(guests, { recursive: true })
  for (const file of sources) fs.copyFileSync(file, path.join(guests, path.basename(file)))
  fs.mkdirSync(path.join(guests, 'npm'))
  for (const name of npm) fs.copyFileSync(path.join(NPM, name), path.join(guests, 'npm', name))
  run(path.join(ROOT, 'scripts/precompile.sh'), [path.join(BUILD, 'guests'), path.join(BUILD, 'compiled'), ...RUNTIMES])
  fs.mkdirSync(path.join(guests, 'compiled'))
  for (const name of fs.readdirSync(path.join(BUILD, 'compiled')).filter((name) => !name.startsWith('.')))
    fs.copyFileSync(path.join(BUILD, 'compiled', name), path.join(guests, 'compiled', name))
  fs.writeFileSync(stamp, '')
}

function main() {
  const into = process.argv[2] === '--into' ? path.resolve(process.argv[3]) : path.join(HERE, 'native')
  if (!fs.existsSync(path.join(ROOT, 'include/belljar.h'))) {
    if (fs.existsSync(path.join(into, 'belljar.node'))) return
    throw new Error('belljar: neither an addon nor the sources to build it from: install a packed package, or the folder in its tree')
  }
  if (!LIBRARIES.every((file) => fs.existsSync(file))) run('make', ['-C', ROOT, 'library'])
  fs.mkdirSync(into, { recursive: true })
  compile(into)
  copyShared(into)
  copyGuests(into)
}

main()
