//! The command line of `parlour doctor`. What is checked, and what is said about it, is in the crate `doctor`.

mod own;
mod subject;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use ::doctor::{Finding, Patience, Verdict};
use clap::{CommandFactory as _, Parser};
use site::Site;
use tracing::level_filters::LevelFilter;

pub(crate) use subject::subject;

use crate::config::Config;
use crate::error::exit;
use crate::log;
use crate::program::{self, refuse};

/// A check found something that keeps calls from working.
const FAILED: u8 = 1;

const ABOUT: &str = "Says what keeps calls from working, and what to do about it.

It wants the flags and variables of the server that it is to check. One that runs is found at --listen, else at --public-url, \
also from another machine; where none runs, one is started for as long as it takes. It takes a seat in a room of its own, as a \
browser does, and sends packets through every way to the relay that browsers are told. Nobody else is asked.

Each line is a check: ok, warning (calls work, but not for everybody or not for long) or failure (calls do not work), what was \
found, and what to do. The exit code is 0 when nothing failed, 1 when something did, and 2 when the command line is wrong.";

const AFTER_HELP: &str = "Firewalls between the internet and this machine are not seen from this machine: for them, run \
`parlour doctor --remote --public-url URL` on another one.";

#[derive(Debug, Parser)]
#[command(name = "parlour doctor", bin_name = "parlour doctor", version, max_term_width = 100)]
struct Options {
    /// Print one JSON object a line: `check`, `verdict` (ok, warning or failure), `sentence`, `remedy`.
    #[arg(long)]
    json: bool,

    /// Check the server at --public-url or --domain alone, which is on another machine: a failure where none answers there.
    #[arg(long)]
    remote: bool,

    #[command(flatten)]
    config: Config,
}

/// Runs the command; the first argument is its name.
#[must_use]
pub fn main(arguments: &[OsString]) -> ExitCode {
    // Here, because the flags of the server bring texts of their own along.
    let command = Options::command().about(ABOUT).after_help(AFTER_HELP);
    let mut options: Options = match program::flags(command, arguments) {
        Ok(options) => options,
        Err(code) => return code,
    };
    if options.remote && options.config.public_url().is_none() {
        let sentence = "name the server that --remote is to check with --public-url or --domain.";
        return refuse(sentence, exit::CONFIGURATION);
    }
    if let Err(problem) = options.config.read_secrets() {
        return refuse(&problem.to_string(), exit::CONFIGURATION);
    }
    // What goes wrong is what is printed: the log of a server that is started for it only repeats that, unless asked for.
    if options.config.log_level > LevelFilter::INFO {
        let subscriber = log::subscriber(options.config.log_format, options.config.log_level, io::stderr);
        let _ = tracing::subscriber::set_global_default(subscriber);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let sentence = format!("the system lets nothing be checked: {error}.");
            return refuse(&sentence, exit::CONFIGURATION);
        }
    };
    let worst = runtime.block_on(print_all(&options));
    // What is still asked, a DNS that does not answer for one, was given up.
    runtime.shutdown_background();
    match worst {
        Verdict::Ok | Verdict::Warning => ExitCode::SUCCESS,
        Verdict::Failure => ExitCode::from(FAILED),
    }
}

/// Gives the worst verdict.
async fn print_all(options: &Options) -> Verdict {
    let mut worst = Verdict::Ok;
    let say = |finding: Finding| {
        worst = worst.max(finding.verdict);
        let line = match options.json {
            true => serde_json::to_string(&finding).expect("a finding is made of texts"),
            false => finding.to_string(),
        };
        // A closed pipe is no reason to fail.
        let _ = writeln!(io::stdout(), "{line}");
    };
    let patience = Patience::default();
    examine(&options.config, options.remote, Site::embedded(), patience, say).await;
    worst
}

/// Checks the server that these flags describe ([`doctor::examine`]). One that is started for it serves
/// `site` and keeps nothing.
pub async fn examine(config: &Config, remote: bool, site: Site, patience: Patience, say: impl FnMut(Finding)) {
    let mut subject = subject(config);
    subject.remote = remote;
    ::doctor::examine(&subject, || own::start(config, site), patience, say).await;
}
