//! Copies the C headers, which Wasmtime's own build script generates, to $BELLJAR_ENGINE_INCLUDE.
use std::{env, fs, io, path::Path};

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn main() {
    println!("cargo:rerun-if-env-changed=BELLJAR_ENGINE_INCLUDE");
    let headers = env::var("DEP_WASMTIME_C_API_INCLUDE").expect("wasmtime-c-api-impl names its headers");
    if let Ok(target) = env::var("BELLJAR_ENGINE_INCLUDE") {
        // A copy that somebody removed is made again.
        println!("cargo:rerun-if-changed={target}/wasm.h");
        copy_tree(Path::new(&headers), Path::new(&target)).expect("the headers can be copied");
    }
}
