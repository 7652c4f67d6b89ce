//! `parlour health`: asks the server that runs on this machine whether people can join. For supervisors that can start a
//! program and nothing else, as container engines do.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::CommandFactory as _;
use client::http::{Answer, HttpError};

use crate::config::Config;
use crate::doctor::subject;
use crate::error::exit;
use crate::program::{self, refuse};

/// The server does not take people in.
const UNWELL: u8 = 1;

/// An answer must be there within this time, whatever it is that takes long.
const PATIENCE: Duration = Duration::from_secs(2);

const ABOUT: &str = "Says whether the server that runs on this machine takes people in.

It wants the flags and variables of that server, asks it for /healthz at --listen, over https where the server speaks that, and \
waits for 2 seconds. Whatever certificate is shown there is taken: it is this machine's own, and parlour doctor judges it.

It prints one line. The exit code is 0 when people can join, 1 when not, and 2 when the command line is wrong.";

/// Runs the command; the first argument is its name.
pub(crate) fn main(arguments: &[OsString]) -> ExitCode {
    // The flags of the server bring texts of their own along.
    let command = Config::command()
        .name("parlour health")
        .bin_name("parlour health")
        .about(ABOUT)
        .after_help("");
    let config: Config = match program::flags(command, arguments) {
        Ok(config) => config,
        Err(code) => return code,
    };
    if config.listen_address().ends_with(":0") {
        let sentence = "with port 0 the server listens on any: name the one that it took with --listen.";
        return refuse(sentence, exit::CONFIGURATION);
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let sentence = format!("the system lets nothing be asked: {error}.");
            return refuse(&sentence, exit::CONFIGURATION);
        }
    };
    let (url, answer) = runtime.block_on(::doctor::ask(&subject(&config), "/healthz", PATIENCE));
    // What is still asked, a DNS that does not answer for one, was given up.
    runtime.shutdown_background();
    let judged = judge(&url, &answer);
    let (Ok(line) | Err(line)) = &judged;
    // A closed pipe is no reason to fail.
    let _ = writeln!(io::stdout(), "{line}");
    match judged {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(UNWELL),
    }
}

/// The line to print; as an error where people cannot join.
fn judge(url: &str, answer: &Result<Answer, HttpError>) -> Result<String, String> {
    Err(match answer {
        Ok(answer) if answer.status() == 200 && answer.body().as_ref() == b"ok" => {
            return Ok(format!("ok: {url} takes people in."));
        }
        Ok(answer) if answer.status() == 503 => format!("closing: {url} was told to stop, and takes nobody in."),
        Ok(answer) => format!(
            "unknown: what answers at {url} is no Parlour (status {}): give this command the flags and variables of the server.",
            answer.status().as_u16()
        ),
        Err(HttpError::Stranger(why)) => format!(
            "unknown: what answers at {url} does not speak as these flags say ({why}): give this command the flags and variables \
             of the server."
        ),
        Err(HttpError::Nobody(why)) => format!(
            "down: nobody answers at {url} ({why}): start the server, or give this command its flags and variables."
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_that_takes_people_in_is_well() {
        let url = "http://127.0.0.1:3000";
        let answer = |status: u16, body: &'static str| {
            let mut answer = Answer::new(body.into());
            *answer.status_mut() = status.try_into().unwrap();
            Ok(answer)
        };
        for (answer, well, part) in [
            (answer(200, "ok"), true, "ok: http://127.0.0.1:3000"),
            (answer(200, "<html>"), false, "is no Parlour"),
            (answer(503, "draining"), false, "closing: "),
            (answer(404, ""), false, "status 404"),
            (Err(HttpError::Stranger("no TLS".to_owned())), false, "(no TLS)"),
            (
                Err(HttpError::Nobody("refused".to_owned())),
                false,
                "down: nobody answers",
            ),
        ] {
            let judged = judge(url, &answer);
            assert_eq!(judged.is_ok(), well, "{answer:?}");
            let (Ok(line) | Err(line)) = judged;
            assert!(line.contains(part) && line.lines().count() == 1, "{line}");
        }
    }
}
