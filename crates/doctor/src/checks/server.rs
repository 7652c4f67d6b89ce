//! `server`: whether there is one to check. The one that runs on this machine, the one at the public address, or one of our
//! own.

use std::time::Duration;

use client::http::HttpError;
use client::tls::Trust;
use serde::Deserialize;

use crate::door::Door;
use crate::finding::Finding;
use crate::subject::{Started, Subject};

const CHECK: &str = "server";

/// Which server is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// One that runs on this machine.
    Here { url: String, version: String },
    /// One that answers at the public address alone: on another machine, or not where these flags say that it listens.
    Elsewhere { url: String, version: String },
    /// None ran, so one was started in this process.
    Own { url: String },
    /// Something answers where the server would be, and it is no Parlour.
    Stranger { at: String },
    /// Nobody answers at the public address, and nothing else is to be looked at.
    Silent { url: String, why: String },
    /// None ran, and none could be started.
    Nothing { why: String },
}

/// The server, and the way to it, if there is any. What is started is put into `own`.
pub(crate) async fn facts<F>(
    subject: &Subject,
    start: impl FnOnce() -> F,
    trust: &Trust,
    patience: Duration,
    own: &mut Option<Started>,
) -> (Found, Option<Door>)
where
    F: Future<Output = Result<Started, String>>,
{
    let listener = Door::listener(subject, None, trust).filter(|_| !subject.remote);
    let mut stranger = None;
    if let Some(door) = listener {
        match version(&door, patience).await {
            Ok(version) => {
                let url = door.place();
                return (Found::Here { url, version }, Some(door));
            }
            Err(HttpError::Stranger(_)) => stranger = Some(subject.listen.clone()),
            Err(HttpError::Nobody(_)) => {}
        }
    }
    if let Some(door) = subject.public.as_ref().and_then(|public| Door::to(public, trust)) {
        let url = door.place();
        match version(&door, patience).await {
            Ok(version) => return (Found::Elsewhere { url, version }, Some(door)),
            Err(HttpError::Stranger(why) | HttpError::Nobody(why)) if subject.remote => {
                return (Found::Silent { url, why }, None);
            }
            Err(_) => {}
        }
    }
    if let Some(at) = stranger {
        return (Found::Stranger { at }, None);
    }
    match start().await {
        Ok(started) => {
            let door = Door::listener(subject, Some(started.local), trust);
            *own = Some(started);
            let url = door.as_ref().map_or_else(|| subject.listen.clone(), Door::place);
            (Found::Own { url }, door)
        }
        Err(why) => (Found::Nothing { why }, None),
    }
}

/// What `/version` answers.
#[derive(Deserialize)]
struct Version {
    name: String,
    version: String,
}

/// The version of the Parlour behind a door.
async fn version(door: &Door, patience: Duration) -> Result<String, HttpError> {
    let answer = door.get("/version", patience).await?;
    match serde_json::from_slice::<Version>(answer.body()) {
        Ok(Version { name, version }) if name == "parlour" => Ok(version),
        _ => Err(HttpError::stranger("it is no Parlour")),
    }
}

/// `ours` is the version of this program.
pub(crate) fn judge(found: &Found, ours: &str) -> Finding {
    match found {
        Found::Here { url, version } | Found::Elsewhere { url, version } if version != ours => Finding::warning(
            CHECK,
            format!("Parlour {version} runs at {url}, but this program is {ours}"),
            "Restart the server with this program, or check it with its own",
        ),
        Found::Here { url, version } => Finding::ok(CHECK, format!("Parlour {version} runs at {url}")),
        Found::Elsewhere { url, version } => Finding::ok(
            CHECK,
            format!("Parlour {version} runs at {url}: it is checked from here, and nothing of this machine is"),
        ),
        Found::Own { url } => Finding::ok(
            CHECK,
            format!("none runs, so one was started with these flags at {url} for as long as this takes"),
        ),
        Found::Stranger { at } => Finding::failure(
            CHECK,
            format!("what answers at {at} is no Parlour, or does not speak as these flags say"),
            "Stop that program, or give this one the flags and variables of the server that runs there",
        ),
        Found::Silent { url, why } => Finding::failure(
            CHECK,
            format!("no Parlour answers at {url}: {why}"),
            "See whether the server runs, where the name leads, and what firewall and proxy let through",
        ),
        Found::Nothing { why } => Finding::failure(
            CHECK,
            format!("none runs, and none can be started: {}", why.trim_end_matches('.')),
            "Do what is said here, then check again",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict::{Failure, Ok as Fine, Warning};

    #[test]
    fn a_server_runs_or_can_be_started() {
        let url = || "http://127.0.0.1:3000".to_owned();
        let version = || "1.2.3".to_owned();
        let here = |version| Found::Here { url: url(), version };
        let elsewhere = |version| Found::Elsewhere { url: url(), version };
        let silent = Found::Silent {
            url: url(),
            why: "no answer in time".to_owned(),
        };
        let nothing = Found::Nothing {
            why: "the key is open.".to_owned(),
        };
        for (found, verdict, part) in [
            (here(version()), Fine, "Parlour 1.2.3 runs at http://127.0.0.1:3000"),
            (here("1.2.2".to_owned()), Warning, "but this program is 1.2.3"),
            (elsewhere(version()), Fine, "nothing of this machine is"),
            (elsewhere("1.2.2".to_owned()), Warning, "1.2.2"),
            (Found::Own { url: url() }, Fine, "one was started"),
            (Found::Stranger { at: url() }, Failure, "no Parlour"),
            (silent, Failure, "no answer in time"),
            (nothing, Failure, "the key is open. Do"),
        ] {
            judge(&found, "1.2.3").assert(verdict, part);
        }
    }
}
