// What a file of test262 finds in its sandbox, and how it is run: see javascript_host.c and INTERPRETING.md of test262.
(() => {
  'use strict';
  const [, path, mode, ...includes] = scriptArgs;
  const { evalScript, loadFile, gc } = std, write = print, chdir = os.chdir;
  const missing = (what) => () => { throw new Error(`$262.${what} is not there`); };
  Object.defineProperty(globalThis, '$262', { writable: true, configurable: true, value: {
    global: globalThis,
    evalScript: (text) => evalScript(text),
    gc: () => gc(),
    // What was transferred is detached.
    detachArrayBuffer(buffer) { buffer.transfer(); },
    createRealm: missing('createRealm'),
    agent: new Proxy({}, { get: (_, name) => missing(`agent.${String(name)}`)() }),
  } });
  const thrown = (error) => {
    let name = typeof error, message = '';
    try { name = error.constructor.name; } catch {}
    try { message = `${error.message ?? error}`; } catch {}
    write(`Test262:Thrown:${name}: ${message}`);
  };
  const done = () => write('Test262:Done');
  for (const name of includes) evalScript(loadFile(`/work/suite/harness/${name}`));
  chdir(path.slice(0, path.lastIndexOf('/')));
  // What is imported is a module, whatever is in it.
  std.writeFile('/work/package.json', '{"type":"module"}');
  if (mode === 'module') {
    const then = Promise.prototype.then;
    Reflect.apply(then, import(path), [done, thrown]);
    return;
  }
  const text = loadFile(path);
  try {
    evalScript(mode === 'strict' ? `"use strict";\n${text}` : text);
  } catch (error) {
    return thrown(error);
  }
  done();
})();
