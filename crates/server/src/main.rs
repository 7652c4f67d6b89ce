//! The program `parlour`: reads its flags, listens, and serves until it is told to stop.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use server::{Config, Listening, Places, Site, StartError, Tls, error, log, shutdown};

/// Exit code for what the operator has to change.
const CANNOT_START: u8 = 2;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).peekable();
    match arguments.peek().and_then(|first| first.to_str()) {
        Some("doctor") => return server::doctor::main(arguments),
        Some("health") => return server::health::main(arguments),
        _ => {}
    }
    let config = match Config::try_parse() {
        Ok(config) => config,
        Err(asked) if !asked.use_stderr() => {
            // Help or version. A closed pipe is no reason to fail.
            let _ = asked.print();
            return ExitCode::SUCCESS;
        }
        Err(wrong) => return refuse(&error::usage_sentence(&wrong)),
    };
    match start(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => refuse(&problem.to_string()),
    }
}

fn refuse(sentence: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "parlour: {sentence}");
    ExitCode::from(CANNOT_START)
}

fn start(config: Config) -> Result<(), StartError> {
    let subscriber = log::subscriber(config.log_format, config.log_level, io::stderr);
    // The only call of it in this process, so it cannot fail.
    let _ = tracing::subscriber::set_global_default(subscriber);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(StartError::System)?.block_on(serve(config))
}

async fn serve(mut config: Config) -> Result<(), StartError> {
    config.read_secrets()?;
    config.check()?;
    let site = match &config.development.site_root {
        Some(folder) => Site::in_folder(folder, &config.development.output_name)?,
        None => Site::embedded(),
    };
    if !site.is_complete() {
        tracing::error!(
            "this program was built without its site, so rooms cannot be opened: build both with `make run`"
        );
    }
    let places = Places::of_this_process();
    let key = server::seat_key(&config, &places)?;
    // Each person in a call holds one socket. Where the limit cannot be raised, fewer people find a place.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
    let listening = Listening::open(&config, &places, key.as_ref()).await?;
    let stop = shutdown::signals().map_err(StartError::System)?;
    let mut said = format!("Parlour is open at {}\n", listening.url_to_open(&config));
    if let Some(fingerprint) = listening.tls.as_ref().and_then(Tls::fingerprint) {
        said += &format!("Its certificate has the SHA-256 fingerprint {fingerprint}\n");
    }
    let _ = io::stdout().write_all(said.as_bytes());
    server::run(config, key, site, listening, stop).await
}
