//! What can keep the server from starting, each as one sentence for the person who starts it.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};

/// Flags whose values are not repeated.
const SECRETS: [&str; 4] = ["--acme-eab-hmac-key", "--ice-server", "--secret", "--turn-secret"];

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address to listen on cannot be had.
    #[error("{}", listen_sentence(address, flag, source))]
    Listen {
        /// As the operator wrote it.
        address: String,
        /// The flag that names it.
        flag: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The site's folder cannot be read.
    #[error(transparent)]
    Site(#[from] site::Error),
    /// A certificate cannot be served.
    #[error(transparent)]
    Tls(tls::Error),
    /// What outlives the server cannot be kept, or is not as it must be.
    #[error(transparent)]
    State(state::Error),
    /// No folder is known where a certificate could be kept.
    #[error("there is no home folder where a certificate could be kept: name a folder with --state-dir.")]
    NoStateFolder,
    /// The file of a secret does not hold one.
    #[error("{file} has no secret: {why}; correct the file, or name another with {flag}.")]
    SecretFile {
        /// The flag that names it.
        flag: &'static str,
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The address that people open is named without TLS, and the server has TLS.
    #[error("this server speaks https, and --public-url names it with http: write https there.")]
    PublicUrlIsHttp,
    /// The relay, or the servers beside it, are not named as they must be.
    #[error(transparent)]
    Ice(ice::Error),
    /// A part of the server that runs beside the rest has failed.
    #[error(
        "{what} has failed, so this server ends, to be started again: what it wrote before this line says why; please report \
         it."
    )]
    Died {
        /// Which part.
        what: &'static str,
    },
    /// The system refuses something that every server needs.
    #[error("the system does not let a server start: {0}.")]
    System(#[source] io::Error),
}

impl From<state::Error> for StartError {
    fn from(error: state::Error) -> Self {
        match error {
            state::Error::System(error) => Self::System(error),
            error => Self::State(error),
        }
    }
}

impl From<tls::Error> for StartError {
    fn from(error: tls::Error) -> Self {
        match error {
            tls::Error::State(error) => error.into(),
            error => Self::Tls(error),
        }
    }
}

impl From<ice::Error> for StartError {
    fn from(error: ice::Error) -> Self {
        match error {
            ice::Error::Listen(address, source) => Self::Listen {
                address: address.to_string(),
                flag: "--turn-listen",
                source,
            },
            ice::Error::System(error) => Self::System(error),
            error => Self::Ice(error),
        }
    }
}

fn listen_sentence(address: &str, flag: &str, source: &io::Error) -> String {
    match source.kind() {
        ErrorKind::AddrInUse => {
            format!("{address} is taken by another program: stop that one, or choose another port with {flag}.")
        }
        ErrorKind::PermissionDenied => {
            format!("this user may not listen on {address}: choose a port from 1024 up with {flag}.")
        }
        ErrorKind::AddrNotAvailable => {
            format!("{address} is no address of this machine: choose one of its own with {flag}.")
        }
        _ => format!("cannot listen on {address}: {source}; choose another address with {flag}."),
    }
}

/// Exit codes of the program, besides 0.
pub(crate) mod exit {
    /// The system does not let it run now. That may pass: it is worth another try.
    pub(crate) const SYSTEM: u8 = 1;
    /// Flags, variables or files have to be changed first. (`RestartPreventExitStatus=` of deploy/parlour.service.)
    pub(crate) const CONFIGURATION: u8 = 2;
    /// A fault of its own.
    pub(crate) const FAULT: u8 = 70;
}

impl StartError {
    /// The exit code of the program that ends with it.
    pub(crate) fn exit_code(&self) -> u8 {
        use ErrorKind::{NotADirectory, PermissionDenied, ReadOnlyFilesystem};
        match self {
            // An address may come with the network, a port be free in a moment, a disk have space again.
            Self::Listen { source, .. } if source.kind() == PermissionDenied => exit::CONFIGURATION,
            Self::State(state::Error::Folder { source, .. })
                if matches!(source.kind(), NotADirectory | PermissionDenied | ReadOnlyFilesystem) =>
            {
                exit::CONFIGURATION
            }
            Self::Listen { .. }
            | Self::State(state::Error::Folder { .. })
            | Self::Tls(tls::Error::System(_))
            | Self::System(_) => exit::SYSTEM,
            Self::Died { .. } => exit::FAULT,
            _ => exit::CONFIGURATION,
        }
    }
}

/// One sentence of what clap says in several lines, and without the value of a flag that holds a secret.
#[must_use]
pub(crate) fn usage_sentence(error: &clap::Error) -> String {
    let flag = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(flag)) => flag.as_str(),
        _ => "",
    };
    let sentence = match error.source() {
        Some(reason) if SECRETS.iter().any(|secret| flag.starts_with(secret)) => {
            format!("invalid value for '{flag}': {reason}")
        }
        _ => first_paragraphs(&error.to_string()),
    };
    format!("{}; parlour --help lists every flag.", sentence.trim_end_matches('.'))
}

/// The lines that say what is wrong, joined; not those that repeat the usage.
fn first_paragraphs(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let said = lines.take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"));
    let joined = said.collect::<Vec<_>>().join(" ");
    joined.strip_prefix("error: ").map(str::to_owned).unwrap_or(joined)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use clap::Parser as _;

    fn sentence(flags: &[&str]) -> String {
        let all = ["parlour"].iter().chain(flags);
        usage_sentence(&Config::try_parse_from(all).expect_err("a bad flag"))
    }

    #[test]
    fn a_bad_flag_is_one_line_that_names_the_flag() {
        for flags in [
            vec!["--lisen", "127.0.0.1:1"],
            vec!["--listen"],
            vec!["--listen", "nowhere"],
            vec!["--log-format", "xml"],
            vec!["--max-room-size", "0"],
            vec!["--ice-server", "turn:host:0,ada,hunter2"],
        ] {
            let sentence = sentence(&flags);
            assert_eq!(sentence.lines().count(), 1, "{sentence}");
            assert!(sentence.contains(flags[0]), "{sentence}");
            assert!(sentence.contains("parlour --help"), "{sentence}");
        }
    }

    #[test]
    fn a_bad_ice_server_does_not_print_its_secret() {
        let sentence = sentence(&["--ice-server", "turn:host:0,ada,hunter2"]);
        assert!(!sentence.contains("hunter2"), "{sentence}");
        assert!(sentence.contains("the port is no number"), "{sentence}");
    }

    #[test]
    fn a_secret_that_is_too_short_is_not_printed() {
        let sentence = sentence(&["--secret", "hunter2"]);
        assert!(!sentence.contains("hunter2"), "{sentence}");
        assert!(sentence.contains("openssl rand -hex 32"), "{sentence}");
    }

    #[test]
    fn what_may_pass_is_told_apart_from_what_has_to_be_changed() {
        let listen = |kind: ErrorKind| StartError::Listen {
            address: "192.0.2.1:443".to_owned(),
            flag: "--listen",
            source: kind.into(),
        };
        for (error, code) in [
            (listen(ErrorKind::AddrInUse), exit::SYSTEM),
            (listen(ErrorKind::AddrNotAvailable), exit::SYSTEM),
            (listen(ErrorKind::PermissionDenied), exit::CONFIGURATION),
            (ice::Error::NoTurnSecret.into(), exit::CONFIGURATION),
            (StartError::System(ErrorKind::Other.into()), exit::SYSTEM),
            (StartError::Died { what: "the relay" }, exit::FAULT),
        ] {
            assert_eq!(error.exit_code(), code, "{error}");
        }
    }

    #[test]
    fn the_choices_of_a_flag_stand_in_the_sentence() {
        assert!(sentence(&["--log-format", "xml"]).contains("text, json"));
    }
}
