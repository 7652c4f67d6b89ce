use super::*;
use clap::CommandFactory;

fn parse(flags: &[&str]) -> Result<Config, clap::Error> {
    Config::try_parse_from(["parlour"].iter().chain(flags))
}

#[test]
fn the_command_line_is_consistent() {
    Config::command().debug_assert();
}

#[test]
fn the_variable_of_every_flag_is_called_as_the_flag_is() {
    for argument in Config::command()
        .get_arguments()
        .filter(|argument| !argument.is_hide_set())
    {
        let flag = argument.get_long().expect("every flag is long");
        if ["help", "version"].contains(&flag) {
            continue;
        }
        let env = argument.get_env().expect("a variable").to_str().expect("plain text");
        assert_eq!(env, format!("PARLOUR_{}", flag.to_uppercase().replace('-', "_")));
        assert!(argument.get_help().is_some(), "{flag} has no description");
    }
}

#[test]
fn without_flags_it_listens_for_this_machine_alone_on_port_3000() {
    let config = parse(&[]).expect("valid");
    assert_eq!(config.listen_address(), "127.0.0.1:3000");
    assert_eq!(config.max_room_size, 8);
    assert!(config.ice_servers.is_empty(), "no third party by default");
    assert_eq!(config.reload_port(), None);
    assert_eq!(config.grace, 30);
    assert_eq!(config.relay.relay_credential_lifetime, 43_200);
    assert_eq!(config.relay.turn_listen, None, "the relay is where the web listener is");
}

#[test]
fn the_flag_wins_over_the_address_of_the_development_loop() {
    let loop_only = parse(&["--site-addr", "127.0.0.1:4000"]).expect("valid");
    assert_eq!(loop_only.listen_address(), "127.0.0.1:4000");
    let both = parse(&["--site-addr", "127.0.0.1:4000", "--listen", "[::]:80"]).expect("valid");
    assert_eq!(both.listen_address(), "[::]:80");
}

#[test]
fn pages_reload_themselves_only_in_the_development_loop() {
    assert_eq!(parse(&["--reload-port", "3001"]).expect("valid").reload_port(), None);
    let watching = parse(&["--reload-port", "3001", "--watch"]).expect("valid");
    assert_eq!(watching.reload_port(), Some(3001));
}

#[test]
fn values_that_make_no_sense_are_refused() {
    for flags in [
        ["--listen", "3000"],
        ["--listen", "localhost"],
        ["--listen", "127.0.0.1:99999"],
        ["--listen", ":3000"],
        ["--max-room-size", "0"],
        ["--max-rooms", "0"],
        ["--message-rate", "0"],
        ["--message-burst", "many"],
        ["--log-format", "xml"],
        ["--log-level", "loud"],
        ["--public-url", "calls.example.org"],
        ["--allow-origin", "https://example.org/path"],
        ["--frame-ancestor", "https://example.org; script-src *"],
        ["--ice-server", "http://example.org"],
        ["--turn-listen", "3478"],
        ["--turn-listen", "calls.example.org:3478"],
        ["--external-ip", "calls.example.org"],
        ["--turn-secret", ""],
        ["--relay-bandwidth", "9999"],
        ["--relay-credential-lifetime", "9"],
        ["--relay-credential-lifetime", "604801"],
        ["--relay-credential-lifetime", "12h"],
        ["--grace", "0"],
        ["--grace", "3601"],
        ["--secret", "too short"],
    ] {
        assert!(parse(&flags).is_err(), "{flags:?} was taken");
    }
}

#[test]
fn flags_that_repeat_are_collected() {
    let config = parse(&[
        "--allow-origin",
        "https://a.example",
        "--allow-origin",
        "https://b.example:8443",
    ]);
    let origins = config.expect("valid").allow_origins;
    assert_eq!(origins.len(), 2);
    let config = parse(&[
        "--turn-listen=[::]:3478",
        "--external-ip=203.0.113.7",
        "--external-ip=2001:db8::7",
    ]);
    assert_eq!(config.expect("valid").relay.external_ips.len(), 2);
}
