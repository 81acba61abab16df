// std.exit ends the program at once: no finally, no catch, no job, no timer runs any more. Exit code 0.
setTimeout(() => print('not ok: a timer ran'), 0);
async function leave() {
  try {
    await null;
    queueMicrotask(() => print('not ok: a job ran'));
    std.exit(0);
  } catch {
    print('not ok: caught');
  } finally {
    print('not ok: finally ran');
  }
}
print('ok');
leave().finally(() => print('not ok: the promise settled'));
