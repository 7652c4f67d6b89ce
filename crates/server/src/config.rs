//! What the operator may set: flags, and an environment variable for each of them.

mod acme;
mod development;
pub(crate) mod environment;
mod relay;
mod secrets;
mod tls;
mod visitors;

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use protocol::{IceServer, limits};
use signaling::SeatKey;
use state::Places;
use tracing::level_filters::LevelFilter;
use url::Url;

use crate::error::StartError;
use crate::origin::{self, FrameAncestor, Origin};

pub use self::tls::{HttpListen, TlsFlags, TlsMode};
pub use acme::AcmeFlags;
pub use development::Development;
pub use relay::{RelayFlags, TurnListen};
pub use visitors::VisitorFlags;

/// The flag whose file holds the key's bytes.
const SECRET_FILE: &str = "--secret-file";

/// Groups of flags in the help.
const ADDRESSES: &str = "Addresses";
const LIMITS: &str = "Limits";
const RUNNING: &str = "Running";

/// Below the flags.
const AFTER_HELP: &str =
    "Each flag has a variable: --max-rooms is PARLOUR_MAX_ROOMS. docs/CONFIGURATION.md says more about all of them.
`parlour doctor`, with the same flags, says what keeps calls from working and what to do about it.
`parlour health`, with the same flags, says whether the server that runs here takes people in.";

/// Video rooms in one binary: open a link, and see and hear everyone in the room.
///
/// Each flag can be given as an environment variable instead; a flag wins over its variable.
#[derive(Clone, Debug, Parser)]
#[command(name = "parlour", version, max_term_width = 100, after_help = AFTER_HELP)]
pub struct Config {
    /// Address and port to listen on [default: 127.0.0.1:3000, or port 443 with --domain].
    ///
    /// Behind a reverse proxy keep the default; `0.0.0.0:3000` or `[::]:3000` is reachable from other machines. With
    /// `--domain` the default is `[::]:443`.
    #[arg(help_heading = ADDRESSES, long, env = "PARLOUR_LISTEN", value_name = "ADDRESS:PORT", value_parser = parse_listen)]
    pub listen: Option<String>,

    /// The address that people open, where it is another one.
    ///
    /// For example `https://calls.example.org` behind a reverse proxy. With https, browsers are told to insist on it.
    #[arg(help_heading = ADDRESSES, long, env = "PARLOUR_PUBLIC_URL", value_name = "URL", value_parser = origin::parse_origin)]
    pub public_url: Option<Origin>,

    /// Another website whose pages may open sockets here; may be repeated.
    ///
    /// Pages of `--public-url` or `--domain` always may; where neither is set, those of the host that is asked. In the variable,
    /// separate several with spaces.
    #[arg(
        help_heading = ADDRESSES,
        long = "allow-origin",
        env = "PARLOUR_ALLOW_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ' ',
        value_parser = origin::parse_origin
    )]
    pub allow_origins: Vec<Origin>,

    /// A further STUN or TURN server for browsers; may be repeated.
    ///
    /// `stun:HOST[:PORT]`, or `turn:HOST[:PORT][?transport=udp|tcp],USER,SECRET`; `stuns:` and `turns:` are the same over
    /// TLS. Without `,USER,SECRET` the login is made with `--turn-secret`. They come in addition to the server's own relay. In
    /// the variable, separate several with spaces.
    #[arg(
        help_heading = relay::HEADING,
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

    /// People in one room.
    #[arg(
        help_heading = LIMITS,
        long,
        env = "PARLOUR_MAX_ROOM_SIZE",
        value_name = "PEOPLE",
        default_value_t = limits::ROOM_SIZE as u32,
        value_parser = clap::value_parser!(u32).range(1..=1000)
    )]
    pub max_room_size: u32,

    /// Rooms at the same time.
    #[arg(
        help_heading = LIMITS,
        long,
        env = "PARLOUR_MAX_ROOMS",
        value_name = "ROOMS",
        default_value_t = limits::ROOMS as u32,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub max_rooms: u32,

    /// Messages a second of one client; past it and the burst its socket is closed.
    #[arg(
        help_heading = LIMITS,
        long,
        env = "PARLOUR_MESSAGE_RATE",
        value_name = "MESSAGES",
        default_value_t = limits::MESSAGE_RATE,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub message_rate: u32,

    /// Messages of one client at once.
    #[arg(
        help_heading = LIMITS,
        long,
        env = "PARLOUR_MESSAGE_BURST",
        value_name = "MESSAGES",
        default_value_t = limits::MESSAGE_BURST,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub message_burst: u32,

    /// Seconds for which a seat is kept whose socket is lost.
    ///
    /// The others see that they are away; their call goes on. After a restart of the server, its rooms have twice as long to
    /// come together again.
    #[arg(
        help_heading = LIMITS,
        long,
        env = "PARLOUR_GRACE",
        value_name = "SECONDS",
        default_value_t = limits::GRACE.as_secs() as u32,
        value_parser = clap::value_parser!(u32).range(1..=3600)
    )]
    pub grace: u32,

    /// Seconds that a seat must have been taken for that.
    #[arg(
        help_heading = LIMITS,
        long,
        env = "PARLOUR_GRACE_AFTER",
        value_name = "SECONDS",
        default_value_t = 10,
        value_parser = clap::value_parser!(u32).range(0..=3600)
    )]
    pub grace_after: u32,

    /// Seconds from SIGTERM to closing, in which /healthz says `draining`.
    ///
    /// For load balancers, which send nobody here once they have seen it: at least as long as they take to.
    #[arg(
        help_heading = RUNNING,
        long,
        env = "PARLOUR_DRAIN_DELAY",
        value_name = "SECONDS",
        default_value_t = 0,
        value_parser = clap::value_parser!(u32).range(0..=600)
    )]
    pub drain_delay: u32,

    /// Address and port of /metrics, over plain HTTP [default: nowhere].
    ///
    /// It says nothing about a person, but how much goes on is nobody else's business: let nobody but your monitoring reach it.
    #[arg(help_heading = ADDRESSES, long, env = "PARLOUR_METRICS_LISTEN", value_name = "ADDRESS:PORT", value_parser = parse_listen)]
    pub metrics_listen: Option<String>,

    /// A folder for keys and certificates [default: $STATE_DIRECTORY, else ~/.local/state/parlour].
    ///
    /// The key is made at the first start, in the file `seat.key` that nobody else can read. Without this flag the folder
    /// is $STATE_DIRECTORY (systemd), else $XDG_STATE_HOME/parlour, else ~/.local/state/parlour; where none of them can be
    /// written, calls do not survive a restart.
    #[arg(help_heading = RUNNING, long, env = "PARLOUR_STATE_DIR", value_name = "FOLDER")]
    pub state_dir: Option<PathBuf>,

    /// Random bytes for the key of resume tokens, instead of a file: `openssl rand -hex 32`.
    ///
    /// At least 16 bytes, in hexadecimal digits or base64url. For servers without a folder of their own. Set the variable
    /// rather than the flag: other users of the machine can see a program's flags.
    #[arg(
        help_heading = RUNNING,
        long,
        env = "PARLOUR_SECRET",
        hide_env_values = true,
        value_name = "BYTES",
        value_parser = secrets::parse_secret
    )]
    pub secret: Option<SeatKey>,

    /// A file that holds the bytes of --secret.
    #[arg(help_heading = RUNNING, long, env = "PARLOUR_SECRET_FILE", value_name = "FILE", conflicts_with = "secret")]
    pub secret_file: Option<PathBuf>,

    /// A website that may show this one in a frame, or `self`; may be repeated.
    ///
    /// The frame needs allow="camera; microphone; display-capture; autoplay". In the variable, separate several with
    /// spaces.
    #[arg(
        help_heading = ADDRESSES,
        long = "frame-ancestor",
        env = "PARLOUR_FRAME_ANCESTOR",
        value_name = "ORIGIN",
        value_delimiter = ' ',
        value_parser = origin::parse_frame_ancestor
    )]
    pub frame_ancestors: Vec<FrameAncestor>,

    /// How log lines are written, to the standard error.
    #[arg(help_heading = RUNNING, long, env = "PARLOUR_LOG_FORMAT", value_name = "FORMAT", value_enum, default_value_t)]
    pub log_format: LogFormat,

    /// How much is logged: off, error, warn, info, debug or trace.
    #[arg(help_heading = RUNNING, long, env = "PARLOUR_LOG_LEVEL", value_name = "LEVEL", default_value = "info", value_parser = parse_level)]
    pub log_level: LevelFilter,

    /// HTTPS.
    #[command(flatten)]
    pub tls: TlsFlags,

    /// Whom connections come from, and how much one address may ask for.
    #[command(flatten)]
    pub visitors: VisitorFlags,

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

    /// Takes in the secrets that the flags name by their files.
    ///
    /// # Errors
    /// The file that holds none.
    pub fn read_secrets(&mut self) -> Result<(), StartError> {
        if let Some(file) = &self.secret_file {
            let key = secrets::parse_secret(&secrets::read(SECRET_FILE, file)?);
            self.secret = Some(key.map_err(|why| StartError::SecretFile {
                flag: SECRET_FILE,
                file: file.clone(),
                why,
            })?);
        }
        self.relay.read_secret()?;
        self.tls.acme.read_secret()
    }

    /// The key of the seats: that of `--secret`, else the one in the folder of the state, which is made at the first start. With the same
    /// key, a server that was restarted knows whose seat a resume token is for, and calls go on. `None` where no folder was named and the
    /// usual one cannot be had; the operator is warned then.
    ///
    /// # Errors
    /// When the folder that was named cannot be written, and when a key file is there that is not as it must be.
    pub fn seat_key(&self, places: &Places) -> Result<Option<SeatKey>, StartError> {
        match &self.secret {
            Some(key) => Ok(Some(key.clone())),
            None => Ok(state::key(self.state_dir.as_deref(), places)?.map(SeatKey::from_random_bytes)),
        }
    }

    /// Whether the flags make sense together, once [`read_secrets`](Self::read_secrets) has been called.
    ///
    /// # Errors
    /// The one that does not.
    pub fn check(&self) -> Result<(), StartError> {
        Ok(ice::check(&self.ice_servers, self.relay.turn_secret.is_some())?)
    }

    /// The port that pages listen to for live reload, when the development loop is on.
    #[must_use]
    pub fn reload_port(&self) -> Option<u16> {
        self.development.reload_port.filter(|_| self.development.watch)
    }
}

fn parse_listen(text: &str) -> Result<String, String> {
    let url = Url::parse(&format!("tcp://{text}")).ok();
    match url.filter(|url| url.has_host() && url.port().is_some() && url.path().is_empty()) {
        Some(_) => Ok(text.to_owned()),
        None => Err("write an address and a port, as in 127.0.0.1:3000 or [::]:3000".to_owned()),
    }
}

/// Whether this address leads every browser to its own machine.
pub(crate) fn is_this_machine(url: &Origin) -> bool {
    let host = url.host();
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn parse_level(text: &str) -> Result<LevelFilter, String> {
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    match levels.contains(&text).then(|| text.parse()) {
        Some(Ok(level)) => Ok(level),
        _ => Err(format!("use one of {}", levels.join(", "))),
    }
}

#[cfg(test)]
mod tests;
