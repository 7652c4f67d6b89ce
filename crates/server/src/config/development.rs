//! What the development loops set.

use std::path::PathBuf;

use clap::Args;

use super::parse_listen;

/// What `cargo leptos watch` and `cargo leptos serve` set in the environment of the server that they start.
#[derive(Args, Clone, Debug, Default)]
pub struct Development {
    /// Serve the site from this folder instead of the one inside the binary.
    #[arg(hide = true, long, env = "LEPTOS_SITE_ROOT", value_name = "FOLDER")]
    pub site_root: Option<PathBuf>,

    /// Name of the script, wasm and style files in the folder's `pkg`.
    #[arg(
        hide = true,
        long,
        env = "LEPTOS_OUTPUT_NAME",
        value_name = "NAME",
        default_value = "parlour"
    )]
    pub output_name: String,

    /// Address to listen on when `--listen` is not given.
    #[arg(hide = true, long, env = "LEPTOS_SITE_ADDR", value_name = "ADDRESS:PORT", value_parser = parse_listen)]
    pub site_addr: Option<String>,

    /// Port of the live reload socket.
    #[arg(hide = true, long, env = "LEPTOS_RELOAD_PORT", value_name = "PORT")]
    pub reload_port: Option<u16>,

    /// Pages reload themselves when the code changes.
    #[arg(hide = true, long, env = "LEPTOS_WATCH", value_parser = clap::builder::FalseyValueParser::new())]
    pub watch: bool,
}
