//! Says which commit the program was built from, and of when that is.

use std::env;
use std::process::Command;

/// Only in release builds: a debug build would be built anew after each commit.
fn main() {
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
