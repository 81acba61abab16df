// program.ts: what of the programs of all toolchains (run.py says what it is) AssemblyScript's shim for WASI has: it knows no files.
// @ts-ignore: the compiler's own slice
console.log(process.argv.slice(1).join(" "));
console.log(process.env.get("NAME"));
process.exit(7);
