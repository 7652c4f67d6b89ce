//! Puts the built site into the binary, and says which commit it was built from, and of when that is.
//!
//! The site is the folder that `PARLOUR_SITE` names, else `target/site` of the workspace. A folder that is missing is
//! created empty, so that `cargo check` and `cargo test` work before anybody has built the page; the program then says
//! that it has no site.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

fn main() {
    embed_site();
    name_commit();
}

fn embed_site() {
    println!("cargo::rerun-if-env-changed=PARLOUR_LIBRARIES_ONLY");
    if env::var_os("PARLOUR_LIBRARIES_ONLY").is_some() {
        println!("cargo::error=only the libraries are wanted now (scripts/build.sh)");
        return;
    }
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
    if let Err(error) = fs::create_dir_all(&site) {
        println!(
            "cargo::error=the site's folder {} cannot be created: {error}",
            site.display()
        );
        return;
    }
    memory_serve::load_directory_with_embed(site, true);
}

/// Only in release builds: a debug build would be built anew after each commit.
fn name_commit() {
    println!("cargo::rerun-if-env-changed=PARLOUR_COMMIT");
    let given = env::var("PARLOUR_COMMIT").ok();
    let release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let commit = given.or_else(|| if release { commit_of_checkout() } else { None });
    println!("cargo::rustc-env=PARLOUR_COMMIT={}", commit.unwrap_or_default());
    let time = if release {
        git(&["log", "-1", "--format=%ct"])
    } else {
        None
    };
    println!("cargo::rustc-env=PARLOUR_COMMIT_TIME={}", time.unwrap_or_default());
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

fn commit_of_checkout() -> Option<String> {
    // The log of HEAD changes with each commit and each checkout.
    let log = git(&["rev-parse", "--path-format=absolute", "--git-path", "logs/HEAD"])?;
    println!("cargo::rerun-if-changed={log}");
    git(&["rev-parse", "--short=12", "HEAD"])
}
