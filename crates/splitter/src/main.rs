//! Takes the page's program apart: what the lobby needs stays, and what only a call needs becomes a file of its own
//! (`crates/app/src/call_part.rs`). `scripts/build-site.sh` runs this before `wasm-bindgen`.
//!
//! usage: `splitter <frontend.wasm> <folder>`
//!
//! The program must have been linked with its relocations (`--emit-relocs`): they say what calls what, tables of pointers included. In the
//! folder this leaves `main.wasm`, `call.wasm` and `call.js`, the few lines that fetch the latter.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use wasm_split_cli_support::{Options, transform};

/// How the file is called that is made of what only a call needs: after `call` in `#[wasm_split(call)]`.
const SPLIT: &str = "split_call.wasm";

/// Where the script would look for it by itself. The page's files are served under names that hold their hash, so the page says where it
/// is: `boot.rs` of `app`.
const OWN_URL: &str = r#"new URL("./split_call.wasm", import.meta.url)"#;
const URL_OF_PAGE: &str = "window.parlourCall";

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [program, folder] = arguments.as_slice() else {
        bail!("usage: splitter <frontend.wasm> <folder>");
    };
    let bytes = fs::read(program).with_context(|| format!("{} cannot be read", program.display()))?;
    take_apart(&bytes, folder).with_context(|| format!("{} cannot be taken apart", program.display()))
}

fn take_apart(program: &[u8], folder: &Path) -> Result<()> {
    let main = folder.join("main.wasm");
    let mut options = Options::new(program);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.main_module = "./parlour.js";
    options.link_name = "./call.js";
    let parts = transform(options).map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let split = folder.join(SPLIT);
    ensure!(
        parts.split_modules.as_slice() == std::slice::from_ref(&split),
        "it has other parts than a call: {:?}",
        parts.split_modules
    );
    fs::rename(split, folder.join("call.wasm"))?;
    let script = folder.join("call.js");
    fs::write(&script, finds_part(&fs::read_to_string(&script)?)?)?;
    Ok(())
}

/// The script that fetches the part from where the page says.
fn finds_part(script: &str) -> Result<String> {
    ensure!(script.contains(OWN_URL), "its script does not fetch {SPLIT}");
    Ok(script.replace(OWN_URL, URL_OF_PAGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_fetches_from_where_the_page_says() {
        let script = format!("const src = fetch({OWN_URL});");
        assert_eq!(
            finds_part(&script).expect("a script that fetches"),
            "const src = fetch(window.parlourCall);"
        );
        assert!(finds_part("fetch('elsewhere')").is_err());
    }

    #[test]
    fn what_was_linked_without_relocations_is_refused() {
        let folder = env::temp_dir().join(format!("splitter-{}", std::process::id()));
        let empty = b"\0asm\x01\0\0\0";
        assert!(take_apart(empty, &folder).is_err());
        let _ = fs::remove_dir_all(folder);
    }
}
