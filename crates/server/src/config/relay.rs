//! The flags of the relay in this server, and of others beside it.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{is_this_machine, secrets};
use crate::error::StartError;
use crate::origin::Origin;

/// In the help.
pub(super) const HEADING: &str = "Relay (STUN and TURN)";

/// The port of STUN and TURN (RFC 8656, section 16).
const PORT: u16 = 3478;

/// Where the relay is and what it may do.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = HEADING)]
pub struct RelayFlags {
    /// Address and port of the relay, or `off` [default: the address of --listen, port 3478].
    ///
    /// For people whose networks do not let them reach each other directly. It speaks STUN and TURN over UDP and TCP on this
    /// one port: let both in. It passes data between the people of one room and sends it nowhere else. A page that has not
    /// joined yet gets a login with which it can only try whether the relay answers. Where only the default cannot be had, the server goes on without a relay and says so; behind a proxy on
    /// the same machine there is none until it is named here, as in `0.0.0.0:3478` or `[::]:3478`.
    #[arg(long, env = "PARLOUR_TURN_LISTEN", value_name = "ADDRESS:PORT", value_parser = parse_listen)]
    pub turn_listen: Option<TurnListen>,

    /// The address by which others reach the relay; one for each family.
    ///
    /// Without it browsers are told the host of --public-url or --domain; without these the host by which their page has reached
    /// the server. It is needed where that is a proxy on another machine. In the variable, separate two with a space.
    #[arg(
        long = "external-ip",
        env = "PARLOUR_EXTERNAL_IP",
        value_name = "IP",
        value_delimiter = ' ',
        value_parser = parse_external
    )]
    pub external_ips: Vec<IpAddr>,

    /// Bytes a second that the relay takes from one person for each other one.
    ///
    /// A room may use what its people may, one address 128 times as much, and the server 512 times.
    #[arg(
        long,
        env = "PARLOUR_RELAY_BANDWIDTH",
        value_name = "BYTES",
        default_value_t = 2_500_000,
        value_parser = clap::value_parser!(u64).range(10_000..)
    )]
    pub relay_bandwidth: u64,

    /// Seconds for which a login at the TURN servers of --turn-secret is good.
    ///
    /// What is open by then stays open, and everybody in a room is given a newer login when about half of it is over: calls
    /// last as long as they like. In a short time, a login that somebody has copied is soon worth nothing. Logins for the relay in
    /// this server last as long as their owner is in the room.
    #[arg(
        long,
        env = "PARLOUR_RELAY_CREDENTIAL_LIFETIME",
        value_name = "SECONDS",
        default_value_t = 12 * 60 * 60,
        value_parser = clap::value_parser!(u32).range(10..=7 * 24 * 60 * 60)
    )]
    pub relay_credential_lifetime: u32,

    /// The secret shared with TURN servers that are named without a login.
    ///
    /// With coturn it is `static-auth-secret`, and `use-auth-secret` is on: everybody in a room gets a login of their own, for
    /// the time of `--relay-credential-lifetime`. Set the variable rather than the flag: other users of the machine can see
    /// a program's flags.
    #[arg(
        long,
        env = "PARLOUR_TURN_SECRET",
        hide_env_values = true,
        value_name = "TEXT",
        value_parser = clap::builder::NonEmptyStringValueParser::new()
    )]
    pub turn_secret: Option<String>,

    /// A file that holds the secret of --turn-secret.
    ///
    /// As systemd hands it on with LoadCredential, and container engines as a secret. It is read at the start.
    #[arg(
        long,
        env = "PARLOUR_TURN_SECRET_FILE",
        value_name = "FILE",
        conflicts_with = "turn_secret"
    )]
    pub turn_secret_file: Option<PathBuf>,
}

/// What `--turn-listen` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnListen {
    /// There is no relay.
    Off,
    /// The relay listens here.
    At(SocketAddr),
}

impl RelayFlags {
    /// For how long a login opens relayed paths at the servers of `--turn-secret`.
    pub(crate) fn credential_lifetime(&self) -> Duration {
        Duration::from_secs(self.relay_credential_lifetime.into())
    }

    /// Takes in the secret that stands in a file.
    pub(super) fn read_secret(&mut self) -> Result<(), StartError> {
        if let Some(file) = &self.turn_secret_file {
            self.turn_secret = Some(secrets::read("--turn-secret-file", file)?);
        }
        Ok(())
    }

    /// Where the relay listens, with a web listener and an address under which people open the server.
    pub(crate) fn listen(&self, web: SocketAddr, public_url: Option<&Origin>) -> Option<SocketAddr> {
        match self.turn_listen {
            Some(TurnListen::Off) => None,
            Some(TurnListen::At(address)) => Some(address),
            None => Self::default_listen(web, public_url),
        }
    }

    /// The same if nobody said where: beside the web listener. Nowhere if a proxy stands between people and a web listener that
    /// only this machine reaches: they would be told an address of their own machines.
    fn default_listen(web: SocketAddr, public_url: Option<&Origin>) -> Option<SocketAddr> {
        let is_behind_proxy =
            web.ip().to_canonical().is_loopback() && public_url.is_some_and(|url| !is_this_machine(url));
        (!is_behind_proxy).then(|| SocketAddr::new(web.ip().to_canonical(), PORT))
    }
}

fn parse_listen(text: &str) -> Result<TurnListen, String> {
    if text == "off" {
        return Ok(TurnListen::Off);
    }
    let address = text.parse::<SocketAddr>();
    let address =
        address.map_err(|_| "write an IP address and a port, as in 0.0.0.0:3478 or [::]:3478, or off".to_owned())?;
    Ok(TurnListen::At(SocketAddr::new(
        address.ip().to_canonical(),
        address.port(),
    )))
}

fn parse_external(text: &str) -> Result<IpAddr, String> {
    let ip = text.parse::<IpAddr>().map(|ip| ip.to_canonical());
    ip.ok()
        .filter(|ip| !ip.is_unspecified() && !ip.is_multicast())
        .ok_or_else(|| "write the IPv4 or IPv6 address of this server, not its name, as in 203.0.113.7".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::parse_origin;

    #[test]
    fn the_relay_is_beside_the_web_listener() {
        for (web, relay) in [
            ("127.0.0.1:3000", "127.0.0.1:3478"),
            ("0.0.0.0:80", "0.0.0.0:3478"),
            ("[::]:443", "[::]:3478"),
            ("[::ffff:192.0.2.1]:443", "192.0.2.1:3478"),
        ] {
            let web = web.parse().expect("an address");
            let found = RelayFlags::default_listen(web, None);
            assert_eq!(found, relay.parse().ok(), "{web}");
        }
    }

    #[test]
    fn behind_a_proxy_there_is_none_unless_it_is_named() {
        for (web, url, there) in [
            ("127.0.0.1:3000", "https://calls.example.org", false),
            ("[::1]:3000", "https://calls.example.org", false),
            ("127.0.0.1:3000", "http://localhost:3000", true),
            ("127.0.0.1:3000", "http://127.0.0.1:3000", true),
            ("[::1]:3000", "http://[::1]:3000", true),
            ("[::]:3000", "https://calls.example.org", true),
        ] {
            let url = parse_origin(url).expect("an origin");
            let found = RelayFlags::default_listen(web.parse().expect("an address"), Some(&url));
            assert_eq!(found.is_some(), there, "{web} as {url}");
        }
    }

    #[test]
    fn addresses_are_read_as_people_write_them() {
        let address = parse_external("::ffff:203.0.113.7").expect("an address");
        assert_eq!(address.to_string(), "203.0.113.7");
        assert_eq!(parse_listen("off"), Ok(TurnListen::Off));
        for text in [
            "",
            "calls.example.org",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "203.0.113.7:3478",
        ] {
            assert!(parse_external(text).is_err(), "{text}");
        }
        for text in ["", "on", "3478", "0.0.0.0", "localhost:3478", "0.0.0.0:70000"] {
            assert!(parse_listen(text).is_err(), "{text}");
        }
    }
}
