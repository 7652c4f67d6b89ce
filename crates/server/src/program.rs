//! The program `parlour`: reads its flags, listens, and serves until it is told to stop.
//!
//! It is here and not in `main.rs`, and not generic, because the doctor starts a server, too: what a server is made of would be
//! compiled twice.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Command, CommandFactory as _, FromArgMatches};
use futures_util::StreamExt as _;
use site::Site;
use state::Places;
use tls::Tls;
use tokio_util::task::AbortOnDropHandle;

use crate::config::{Config, environment};
use crate::error::{self, StartError, exit};
use crate::listening::Listening;
use crate::{doctor, health, log, service, shutdown};

/// Runs the program; the first argument is its name.
#[must_use]
pub fn main(arguments: &[OsString]) -> ExitCode {
    match arguments.get(1).and_then(|first| first.to_str()) {
        Some("doctor") => return doctor::main(&arguments[1..]),
        Some("health") => return health::main(&arguments[1..]),
        _ => {}
    }
    match flags(Config::command(), arguments).map(start) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(problem)) => refuse(&problem.to_string(), problem.exit_code()),
        Err(code) => code,
    }
}

/// Reads flags and variables. Help and version are printed, and so is what is wrong: then there is only the exit code to end with.
pub(crate) fn flags<F: FromArgMatches>(command: Command, arguments: &[OsString]) -> Result<F, ExitCode> {
    let matches = environment::matches(command, arguments);
    let flags = matches.and_then(|matches| F::from_arg_matches(&matches));
    flags.map_err(|said| match said.use_stderr() {
        true => refuse(&error::usage_sentence(&said), exit::CONFIGURATION),
        false => {
            // A closed pipe is no reason to fail.
            let _ = said.print();
            ExitCode::SUCCESS
        }
    })
}

/// Says why the program ends.
pub(crate) fn refuse(sentence: &str, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "parlour: {sentence}");
    ExitCode::from(code)
}

fn start(config: Config) -> Result<(), StartError> {
    let subscriber = log::subscriber(config.log_format, config.log_level, io::stderr);
    // The only call of it in this process, so it cannot fail.
    let _ = tracing::subscriber::set_global_default(subscriber);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(StartError::System)?;
    let ended = catch_unwind(AssertUnwindSafe(|| runtime.block_on(serve(config))));
    let ended = ended.unwrap_or(Err(StartError::Died { what: "the listener" }));
    // The system cannot be called back from a DNS that does not answer. Nobody waits for it.
    runtime.shutdown_background();
    ended
}

async fn serve(mut config: Config) -> Result<(), StartError> {
    // First of all: it may be told to stop while it starts. Where it is the first process of a container, nothing else ends it.
    let mut stop = shutdown::signals().map_err(StartError::System)?;
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
    let key = config.seat_key(&places)?;
    // Each person in a call holds one socket. Where the limit cannot be raised, fewer people find a place.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
    let listening = tokio::select! {
        listening = Listening::open(&config, &places, key.as_ref()) => listening?,
        Some(()) = stop.next() => return Ok(()),
    };
    let mut said = format!("Parlour is open at {}\n", listening.url_to_open(&config));
    if let Some(fingerprint) = listening.tls.as_ref().and_then(Tls::fingerprint) {
        said += &format!("Its certificate has the SHA-256 fingerprint {fingerprint}\n");
    }
    if let Some(url) = listening.metrics_url() {
        said += &format!("Its numbers are at {url}\n");
    }
    let _ = io::stdout().write_all(said.as_bytes());
    service::ready();
    let _alive = AbortOnDropHandle::new(tokio::spawn(service::alive()));
    let within = Duration::from_secs(config.drain_delay.into()) + shutdown::ALL;
    let stop = stop.inspect(move |()| service::stopping(within));
    crate::run(config, key, site, listening, stop).await
}
