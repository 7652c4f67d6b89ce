//! Puts the built site into the binary.
//!
//! The site is the folder that `PARLOUR_SITE` names, else `target/site` of the workspace. A folder that is missing is
//! created empty, so that `cargo check` and `cargo test` work before anybody has built the page; the program then says
//! that it has no site. A release build takes each file compressed where `scripts/build-site.sh` compressed it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() {
    println!("cargo::rerun-if-env-changed=PARLOUR_SITE");
    println!("cargo::rerun-if-env-changed=LEPTOS_WATCH");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts"));
    let site = if env::var_os("LEPTOS_WATCH").is_some() {
        // The development loop serves the folder itself. Embedding it would build the server anew at each change of it.
        out.join("no-site")
    } else {
        match env::var_os("PARLOUR_SITE") {
            Some(folder) => PathBuf::from(folder),
            // Asked for now: a target folder that moves with its checkout brings this program along as it was compiled.
            None => PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for build scripts"))
                .join("../../target/site"),
        }
    };
    if let Err(error) = fs::create_dir_all(&site).and_then(|()| list_site(&site, &out.join("site.rs"))) {
        println!("cargo::error=the site in {} cannot be read: {error}", site.display());
    }
}

/// Writes down all files of the site for `embedded.rs`, sorted.
fn list_site(site: &Path, list: &Path) -> io::Result<()> {
    let site = site.canonicalize()?;
    let mut compressed = site.clone().into_os_string();
    compressed.push("-brotli");
    let compressed = PathBuf::from(compressed);
    println!("cargo::rerun-if-changed={}", site.display());
    if is_release() {
        // Also while it is not there: what is compressed later has to be taken in then.
        println!("cargo::rerun-if-changed={}", compressed.display());
    }
    let mut files = Vec::new();
    find_files(&site, &mut files)?;
    files.sort();

    let mut code = String::from("[\n");
    for file in files {
        let path = file.strip_prefix(&site).expect("it was found in there");
        let copy = compressed.join(path);
        let shorter = PathBuf::from(format!("{}.br", copy.display()));
        // What another build put into the site since then is not what was compressed.
        let brotli = is_release() && shorter.exists() && fs::read(&copy).ok() == Some(fs::read(&file)?);
        let taken = if brotli { &shorter } else { &file };
        println!("cargo::rerun-if-changed={}", taken.display());
        let route = format!("/{}", path.display());
        writeln!(
            code,
            "File {{ route: {route:?}, bytes: include_bytes!({taken:?}), brotli: {brotli} }},"
        )
        .expect("strings take everything");
    }
    code.push(']');
    fs::write(list, code)
}

fn find_files(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find_files(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn is_release() -> bool {
    env::var("PROFILE").is_ok_and(|profile| profile == "release")
}
