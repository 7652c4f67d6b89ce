//! Whether there is a server to check.

use crate::doctor::finding::Finding;

const CHECK: &str = "server";

/// Which server is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::doctor) enum Found {
    /// One that runs on this machine.
    Here { url: String, version: String },
    /// One that answers at the public address, which is on this machine, and not where the flags say that it listens.
    Otherwise {
        url: String,
        version: String,
        listen: String,
    },
    /// One that answers at the public address, on another machine. `stranger`: where another program of this machine answers in
    /// its place.
    Elsewhere {
        url: String,
        version: String,
        stranger: Option<String>,
    },
    /// None ran, so one was started in this process.
    Own { url: String },
    /// Something answers where the server would be, and it is no Parlour.
    Stranger { address: String },
    /// None ran, and none could be started.
    Nothing { why: String },
}

/// `version` is that of this program.
pub(in crate::doctor) fn judge(found: &Found, version: &str) -> Finding {
    match found {
        Found::Here { url, version: theirs }
        | Found::Otherwise {
            url, version: theirs, ..
        }
        | Found::Elsewhere {
            url, version: theirs, ..
        } if theirs != version => Finding::warning(
            CHECK,
            format!("Parlour {theirs} runs at {url}, but this program is {version}"),
            "Restart the server with this program, or check it with its own",
        ),
        Found::Here { url, .. } => Finding::ok(CHECK, format!("Parlour {version} runs at {url}")),
        Found::Otherwise { url, listen, .. } => Finding::ok(
            CHECK,
            format!(
                "Parlour {version} runs at {url}, on this machine, but nothing of it answers at {listen} (--listen)"
            ),
        ),
        Found::Elsewhere { url, stranger, .. } => {
            let stranger = stranger.as_ref().map_or_else(String::new, |address| {
                format!("; what answers at {address} on this machine is another program")
            });
            Finding::ok(
                CHECK,
                format!(
                    "Parlour {version} runs at {url}, which is no address of this machine: it is checked from here, and nothing of \
                     this machine is{stranger}"
                ),
            )
        }
        Found::Own { url } => Finding::ok(
            CHECK,
            format!("none runs, so one was started with these flags at {url} for as long as this takes"),
        ),
        Found::Stranger { address } => Finding::failure(
            CHECK,
            format!("what answers at {address} is no Parlour, or does not speak as these flags say"),
            "Stop that program, or give this one the flags and variables of the server that runs there",
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
    use crate::doctor::finding::Verdict::{Failure, Ok, Warning};

    #[test]
    fn a_server_runs_or_can_be_started() {
        let url = || "http://127.0.0.1:3000".to_owned();
        let version = || "1.2.3".to_owned();
        for (found, verdict, part) in [
            (
                Found::Here {
                    url: url(),
                    version: version(),
                },
                Ok,
                "Parlour 1.2.3 runs at http://127.0.0.1:3000",
            ),
            (
                Found::Here {
                    url: url(),
                    version: "1.2.2".into(),
                },
                Warning,
                "1.2.2",
            ),
            (
                Found::Otherwise {
                    url: url(),
                    version: version(),
                    listen: "127.0.0.1:4000".into(),
                },
                Ok,
                "nothing of it answers at 127.0.0.1:4000",
            ),
            (
                Found::Elsewhere {
                    url: url(),
                    version: version(),
                    stranger: None,
                },
                Ok,
                "nothing of this machine is",
            ),
            (
                Found::Elsewhere {
                    url: url(),
                    version: version(),
                    stranger: Some("127.0.0.1:4000".into()),
                },
                Ok,
                "what answers at 127.0.0.1:4000 on this machine is another program",
            ),
            (
                Found::Elsewhere {
                    url: url(),
                    version: "1.2.2".into(),
                    stranger: None,
                },
                Warning,
                "1.2.2",
            ),
            (Found::Own { url: url() }, Ok, "one was started"),
            (
                Found::Stranger {
                    address: "127.0.0.1:3000".into(),
                },
                Failure,
                "no Parlour",
            ),
            (
                Found::Nothing {
                    why: "the key is open.".into(),
                },
                Failure,
                "the key is open",
            ),
        ] {
            let finding = judge(&found, "1.2.3");
            assert_eq!(finding.verdict, verdict, "{finding}");
            assert!(finding.sentence.contains(part), "{finding}");
            assert!(!finding.sentence.ends_with('.'), "{finding}");
        }
    }
}
