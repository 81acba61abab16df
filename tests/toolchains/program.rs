// program.rs: what the programs of all toolchains do (run.py says what it is), as Rust has it.
use std::{env, fs, io, process};

fn names(path: &str) -> String {
    let mut all: Vec<String> = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    all.sort();
    all.join(" ")
}

fn main() {
    println!("{}", env::args().skip(1).collect::<Vec<_>>().join(" "));
    println!("{}", env::var("NAME").unwrap_or_default());
    println!("{}", names("/data"));
    let text = fs::read_to_string("/data/sub/b.txt");
    println!("{} {}", text.as_deref().unwrap_or(""), text.is_ok());
    println!("refused {}", fs::write("/data/a.txt", "changed").is_err());
    let made = fs::write("made", "by a relative name");
    println!("{} {}", fs::read_to_string("/work/made").unwrap_or_default(), made.is_ok());
    let missing = fs::metadata("missing").unwrap_err();
    println!("missing {}", missing.kind() == io::ErrorKind::NotFound);
    let folder = fs::create_dir("folder");
    let renamed = fs::rename("made", "folder/moved");
    println!("{} {}", names("folder"), folder.is_ok() && renamed.is_ok());
    println!("outside {}", fs::metadata("/data/../../etc/passwd").is_err());
    process::exit(7);
}
