//! Variables as operators and orchestrators set them: one that is set to nothing is not set, white space around a value is not
//! part of it, and any white space stands between several values.

use std::ffi::{OsStr, OsString};

use clap::builder::Resettable;
use clap::{Arg, ArgAction, ArgMatches, Command};

/// Reads flags and variables. A flag wins over its variable. The help has a line or two for each flag.
///
/// # Errors
/// What clap refuses, and its help and version.
pub(crate) fn matches(command: Command, arguments: &[OsString]) -> Result<ArgMatches, clap::Error> {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::HelpShort);
    // A variable is called as its flag is.
    let command = command.disable_help_flag(true).mut_args(|arg| arg.hide_env(true));
    let command = command.arg(help.help("Print this help").help_heading("Options"));
    let (command, arguments) = prepare(command, arguments, |name| std::env::var_os(name));
    command.try_get_matches_from(arguments)
}

/// clap takes variables as they are. Here one that is empty is hidden from it, and one with other white space than single spaces
/// between its values becomes flags.
fn prepare(
    command: Command,
    arguments: &[OsString],
    variable: impl Fn(&OsStr) -> Option<OsString>,
) -> (Command, Vec<OsString>) {
    let mut arguments = arguments.to_vec();
    let command = command.mut_args(|arg| {
        let value = arg.get_env().and_then(&variable);
        // What is no text is for clap to refuse.
        let Some(value) = value.as_ref().and_then(|value| value.to_str()) else {
            return arg;
        };
        let pieces: Vec<&str> = match arg.get_value_delimiter() {
            Some(_) => value.split_whitespace().collect(),
            None => Some(value.trim())
                .filter(|value| !value.is_empty())
                .into_iter()
                .collect(),
        };
        if pieces.is_empty() {
            return arg.env(Resettable::Reset);
        }
        if let Some(flag) = flag_of(&arg).filter(|flag| pieces != [value] && !is_given(&arguments, flag)) {
            let flags = pieces.iter().map(|piece| format!("{flag}={piece}").into());
            // Before the rest: what ends there in the middle of a flag is still wrong. The first is the program.
            let at = arguments.len().min(1);
            arguments.splice(at..at, flags);
        }
        arg
    });
    (command, arguments)
}

fn flag_of(arg: &Arg) -> Option<String> {
    let takes_values = arg.get_action().takes_values();
    arg.get_long().filter(|_| takes_values).map(|long| format!("--{long}"))
}

fn is_given(arguments: &[OsString], flag: &str) -> bool {
    let is_it = |argument: &str| {
        argument
            .strip_prefix(flag)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    };
    arguments.iter().filter_map(|argument| argument.to_str()).any(is_it)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::config::Config;

    fn prepared(flags: &[&str], name: &str, value: &str) -> (Command, Vec<OsString>) {
        let arguments: Vec<OsString> = ["parlour"].iter().chain(flags).map(OsString::from).collect();
        prepare(Config::command(), &arguments, |asked| {
            (asked == name).then(|| value.into())
        })
    }

    fn knows(command: &Command, name: &str) -> bool {
        command
            .get_arguments()
            .any(|arg| arg.get_env() == Some(OsStr::new(name)))
    }

    #[test]
    fn a_variable_without_a_value_is_not_there() {
        for value in ["", " ", "\n", " \t\r\n "] {
            for name in ["PARLOUR_DOMAIN", "PARLOUR_ICE_SERVER", "PARLOUR_MAX_ROOMS"] {
                let (command, arguments) = prepared(&[], name, value);
                assert!(!knows(&command, name), "{name}={value:?}");
                assert_eq!(arguments, ["parlour"]);
            }
        }
        assert!(knows(&prepared(&[], "PARLOUR_DOMAIN", "a.example").0, "PARLOUR_DOMAIN"));
    }

    #[test]
    fn any_white_space_stands_between_values() {
        let (_, arguments) = prepared(
            &["--log-level=off"],
            "PARLOUR_ICE_SERVER",
            " stun:a  stun:b\n\tstun:c\n",
        );
        let expected = [
            "parlour",
            "--ice-server=stun:a",
            "--ice-server=stun:b",
            "--ice-server=stun:c",
            "--log-level=off",
        ];
        assert_eq!(arguments, expected);
    }

    #[test]
    fn white_space_around_a_value_is_not_part_of_it() {
        let (_, arguments) = prepared(&[], "PARLOUR_DOMAIN", " calls.example.org\n");
        assert_eq!(arguments, ["parlour", "--domain=calls.example.org"]);
        let (_, arguments) = prepared(&[], "PARLOUR_DOMAIN", "calls.example.org");
        assert_eq!(arguments, ["parlour"], "clap reads it");
    }

    #[test]
    fn a_flag_wins_over_its_variable() {
        for flags in [&["--ice-server", "stun:z"][..], &["--ice-server=stun:z"]] {
            let (_, arguments) = prepared(flags, "PARLOUR_ICE_SERVER", "stun:a  stun:b");
            assert_eq!(arguments.len(), 1 + flags.len(), "{arguments:?}");
        }
        // Another flag that begins alike is another flag.
        let (_, arguments) = prepared(&["--turn-secret-file=f"], "PARLOUR_TURN_SECRET", " a");
        assert_eq!(arguments.len(), 3);
    }
}
