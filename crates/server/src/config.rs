//! What the operator may set: flags, and an environment variable for each of them.

mod relay;
mod tls;

use std::path::PathBuf;

use clap::{Args, Parser, ValueEnum};
use protocol::{IceServer, limits};
use signaling::SeatKey;
use tracing::level_filters::LevelFilter;

use crate::error::StartError;
use crate::origin::{self, FrameAncestor, Origin};
use crate::{ice, logins, state};

pub use relay::{RelayFlags, TurnListen};
pub use tls::{HttpListen, TlsFlags, TlsMode};

/// Below the flags.
const AFTER_HELP: &str =
    "`parlour doctor`, with the same flags, says what keeps calls from working and what to do about it.";

/// Video rooms in one binary: open a link, and see and hear everyone in the room.
///
/// Each flag can be given as an environment variable instead; a flag wins over its variable.
#[derive(Clone, Debug, Parser)]
#[command(name = "parlour", version, max_term_width = 100, after_help = AFTER_HELP)]
pub struct Config {
    /// Address and port to listen on; port 0 takes any free one [default: 127.0.0.1:3000].
    ///
    /// Behind a reverse proxy keep the default; `0.0.0.0:3000` or `[::]:3000` is reachable from other machines. With
    /// `--domain` the default is `[::]:443`.
    #[arg(long, env = "PARLOUR_LISTEN", value_name = "ADDRESS:PORT", value_parser = parse_listen)]
    pub listen: Option<String>,

    /// The address under which people open this server, where it is another one than the address listened on.
    ///
    /// For example `https://calls.example.org` behind a reverse proxy. With https, browsers are told to insist on it.
    #[arg(long, env = "PARLOUR_PUBLIC_URL", value_name = "URL", value_parser = origin::parse_origin)]
    pub public_url: Option<Origin>,

    /// A further website whose pages may open sockets to this server. Repeat the flag for several.
    ///
    /// Pages of this server itself always may. In the variable, separate several with spaces.
    #[arg(
        long = "allow-origin",
        env = "PARLOUR_ALLOW_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ' ',
        value_parser = origin::parse_origin
    )]
    pub allow_origins: Vec<Origin>,

    /// A STUN or TURN server for the browsers to use. Repeat the flag for several.
    ///
    /// `stun:HOST[:PORT]`, or `turn:HOST[:PORT][?transport=udp|tcp],USER,SECRET`; `stuns:` and `turns:` are the same over
    /// TLS. Without `,USER,SECRET` the login is made with `--turn-secret`. They come in addition to the server's own relay. In
    /// the variable, separate several with spaces.
    #[arg(
        long = "ice-server",
        env = "PARLOUR_ICE_SERVER",
        hide_env_values = true,
        value_name = "SERVER",
        value_delimiter = ' ',
        value_parser = ice::parse
    )]
    pub ice_servers: Vec<IceServer>,

    /// The relay in this server.
    #[command(flatten)]
    pub relay: RelayFlags,

    /// People that one room may hold.
    #[arg(
        long,
        env = "PARLOUR_MAX_ROOM_SIZE",
        value_name = "PEOPLE",
        default_value_t = limits::ROOM_SIZE as u32,
        value_parser = clap::value_parser!(u32).range(1..=1000)
    )]
    pub max_room_size: u32,

    /// Rooms that may be open at the same time.
    #[arg(
        long,
        env = "PARLOUR_MAX_ROOMS",
        value_name = "ROOMS",
        default_value_t = limits::ROOMS as u32,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub max_rooms: u32,

    /// Messages a second that one client may send for long. Past it and the burst, its socket is closed.
    #[arg(
        long,
        env = "PARLOUR_MESSAGE_RATE",
        value_name = "MESSAGES",
        default_value_t = limits::MESSAGE_RATE,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub message_rate: u32,

    /// Messages that one client may send at once.
    #[arg(
        long,
        env = "PARLOUR_MESSAGE_BURST",
        value_name = "MESSAGES",
        default_value_t = limits::MESSAGE_BURST,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub message_burst: u32,

    /// Seconds for which the place of somebody is kept whose connection to this server is lost.
    ///
    /// The others see that they are away; their call goes on. After a restart of the server, its rooms have twice as long to
    /// come together again.
    #[arg(
        long,
        env = "PARLOUR_GRACE",
        value_name = "SECONDS",
        default_value_t = limits::GRACE.as_secs() as u32,
        value_parser = clap::value_parser!(u32).range(1..=3600)
    )]
    pub grace: u32,

    /// A folder for certificates and for the key with which places in rooms are recognised after a restart [default: see below].
    ///
    /// The key is made at the first start, in the file `seat.key` that nobody else can read. Without this flag the folder
    /// is $STATE_DIRECTORY (systemd), else $XDG_STATE_HOME/parlour, else ~/.local/state/parlour; where none of them can be
    /// written, calls do not survive a restart.
    #[arg(long, env = "PARLOUR_STATE_DIR", value_name = "FOLDER")]
    pub state_dir: Option<PathBuf>,

    /// Any text of at least 16 characters to make that key of, instead of one in a file.
    ///
    /// For servers without a folder of their own. Set the variable rather than the flag: other users of the machine can
    /// see a program's flags.
    #[arg(
        long,
        env = "PARLOUR_SECRET",
        hide_env_values = true,
        value_name = "TEXT",
        value_parser = state::parse_secret
    )]
    pub secret: Option<SeatKey>,

    /// A website that may show this one in a frame: an origin, or `self`. Repeat the flag for several; none by default.
    ///
    /// The frame needs allow="camera; microphone; display-capture; autoplay". In the variable, separate several with
    /// spaces.
    #[arg(
        long = "frame-ancestor",
        env = "PARLOUR_FRAME_ANCESTOR",
        value_name = "ORIGIN",
        value_delimiter = ' ',
        value_parser = origin::parse_frame_ancestor
    )]
    pub frame_ancestors: Vec<FrameAncestor>,

    /// How log lines are written (to the standard error).
    #[arg(long, env = "PARLOUR_LOG_FORMAT", value_name = "FORMAT", value_enum, default_value_t)]
    pub log_format: LogFormat,

    /// How much is logged: off, error, warn, info, debug or trace.
    #[arg(long, env = "PARLOUR_LOG_LEVEL", value_name = "LEVEL", default_value = "info", value_parser = parse_level)]
    pub log_level: LevelFilter,

    /// HTTPS.
    #[command(flatten)]
    pub tls: TlsFlags,

    /// Set by the development loop.
    #[command(flatten)]
    pub development: Development,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// What `cargo leptos watch` and `cargo leptos serve` set in the environment of the server that they start.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Development (cargo leptos sets these)")]
pub struct Development {
    /// Serve the site from this folder instead of the one inside the binary.
    #[arg(long, env = "LEPTOS_SITE_ROOT", value_name = "FOLDER")]
    pub site_root: Option<PathBuf>,

    /// Name of the script, wasm and style files in the folder's `pkg`.
    #[arg(long, env = "LEPTOS_OUTPUT_NAME", value_name = "NAME", default_value = "parlour")]
    pub output_name: String,

    /// Address to listen on when `--listen` is not given.
    #[arg(long, env = "LEPTOS_SITE_ADDR", value_name = "ADDRESS:PORT", value_parser = parse_listen)]
    pub site_addr: Option<String>,

    /// Port of the live reload socket.
    #[arg(long, env = "LEPTOS_RELOAD_PORT", value_name = "PORT")]
    pub reload_port: Option<u16>,

    /// Pages reload themselves when the code changes.
    #[arg(long, env = "LEPTOS_WATCH", value_parser = clap::builder::FalseyValueParser::new())]
    pub watch: bool,
}

impl Config {
    /// The address to listen on: the flag, else the development loop's, else that of a whole installation, else port 3000
    /// for this machine alone.
    #[must_use]
    pub fn listen_address(&self) -> &str {
        let chosen = self.listen.as_deref().or(self.development.site_addr.as_deref());
        chosen.unwrap_or(match self.tls.domain {
            Some(_) => "[::]:443",
            None => "127.0.0.1:3000",
        })
    }

    /// The address under which people open this server, where it is known.
    #[must_use]
    pub fn public_url(&self) -> Option<Origin> {
        let domain = || origin::parse_origin(&format!("https://{}", self.tls.domain.as_deref()?)).ok();
        self.public_url.clone().or_else(domain)
    }

    /// Whether the flags make sense together.
    ///
    /// # Errors
    /// Which of them does not, for whoever wrote them.
    pub fn check(&self) -> Result<(), StartError> {
        logins::check(self)
    }

    /// The port that pages listen to for live reload, when the development loop is on.
    #[must_use]
    pub fn reload_port(&self) -> Option<u16> {
        self.development.reload_port.filter(|_| self.development.watch)
    }
}

fn parse_listen(text: &str) -> Result<String, String> {
    let port = text.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    match port.and_then(|(_, port)| port.parse::<u16>().ok()) {
        Some(_) => Ok(text.to_owned()),
        None => Err("write an address and a port, as in 127.0.0.1:3000 or [::]:3000".to_owned()),
    }
}

fn parse_level(text: &str) -> Result<LevelFilter, String> {
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    match levels.contains(&text).then(|| text.parse()) {
        Some(Ok(level)) => Ok(level),
        _ => Err(format!("use one of {}", levels.join(", "))),
    }
}

#[cfg(test)]
mod tests {
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
    fn every_flag_names_its_variable_in_the_help() {
        let help = Config::command().render_long_help().to_string();
        for argument in Config::command().get_arguments() {
            if ["help", "version"].contains(&argument.get_id().as_str()) {
                continue;
            }
            let env = argument.get_env().expect("a variable").to_str().expect("plain text");
            assert!(help.contains(&format!("[env: {env}")), "{env} is missing in:\n{help}");
            assert!(argument.get_help().is_some(), "{env} has no description");
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
            ["--relay-allow", "10.0.0.0/33"],
            ["--turn-secret", ""],
            ["--relay-bandwidth", "9999"],
            ["--relay-ports", "50000"],
            ["--relay-ports", "50999-50000"],
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
            "--relay-allow=10.0.0.0/8",
            "--relay-allow=fd00::/8",
        ]);
        let config = config.expect("valid");
        assert_eq!(
            (config.relay.external_ips.len(), config.relay.relay_allow.len()),
            (2, 2)
        );
    }
}
