//! The program `parlour`. What it does is in [`server::program`].

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    server::program::main(&arguments)
}
