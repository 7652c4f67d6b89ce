//! The program `parlour`: reads its flags, listens, and serves until it is told to stop.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use server::{Config, Places, Site, StartError, Turn, error, log, shutdown};
use tokio::net::TcpListener;

/// Exit code for what the operator has to change.
const CANNOT_START: u8 = 2;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).peekable();
    if arguments.peek().is_some_and(|first| first == "doctor") {
        return server::doctor::main(arguments);
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

async fn serve(config: Config) -> Result<(), StartError> {
    let site = match &config.development.site_root {
        Some(folder) => Site::in_folder(folder, &config.development.output_name)?,
        None => Site::embedded(),
    };
    if !site.is_complete() {
        tracing::error!(
            "this program was built without its site, so rooms cannot be opened: build both with `make run`"
        );
    }
    let key = server::seat_key(&config, &Places::of_this_process())?;
    // Each person in a call holds one socket. Where the limit cannot be raised, fewer people find a place.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
    let address = config.listen_address().to_owned();
    let listen = |source| StartError::Listen {
        address: address.clone(),
        flag: "--listen",
        source,
    };
    let listener = TcpListener::bind(&address).await.map_err(listen)?;
    let local = listener.local_addr().map_err(listen)?;
    let turn = Turn::bind(&config, key.as_ref()).await?;
    let stop = shutdown::signals().map_err(StartError::System)?;
    let _ = writeln!(
        io::stdout(),
        "Parlour is open at {}",
        server::url_to_open(&config, local)
    );
    server::run(config, key, site, listener, turn, stop).await;
    Ok(())
}
