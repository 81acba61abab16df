function assert(condition, what) {
  if (!condition) throw new Error(what);
}

// An empty path is no path (ENOENT): not the working directory.
const ENOENT = -44;
std.writeFile("kept", "kept");
for (const [name, result] of Object.entries({
  stat: -os.stat("")[1], lstat: -os.lstat("")[1], readdir: -os.readdir("")[1], remove: os.remove(""), mkdir: os.mkdir(""), chdir: os.chdir(""),
  renameFrom: os.rename("", "x"), renameTo: os.rename("kept", ""), symlink: os.symlink("x", ""), target: os.symlink("", "x"),
  readlink: -os.readlink("")[1], realpath: -os.realpath("")[1], open: os.open("", os.O_RDONLY), utimes: os.utimes("", 0, 0),
}))
  assert(result === ENOENT, `${name}: ${result}`);
assert(std.loadFile("") === null && std.open("", "w") === null, "an empty path was opened");
assert(std.loadFile("kept") === "kept", "the file is gone");

// Duplicates have one position.
const first = os.open("file", os.O_RDWR | os.O_CREAT);
const second = os.dup(first);
const bytes = new Uint8Array([97, 98, 99]);
assert(second > first && os.write(first, bytes.buffer, 0, 3) === 3, "dup");
assert(os.seek(second, 0, std.SEEK_CUR) === 3, "the position is not shared");
assert(os.dup2(second, 50) === 50 && os.close(first) === 0 && os.close(second) === 0, "dup2");
assert(os.seek(50, 0, std.SEEK_CUR) === 3 && os.close(50) === 0, "the last one stands where they stood");
assert(os.dup(50) === -8 && os.dup2(50, 3) === -8 && os.dup2(1, -1) === -8, "EBADF");
print("ok");
