//! Logins for TURN servers, one for each seat: for the relay in this process, and for others that share a secret with it.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use protocol::{IceServer, PeerId};
use relay::Issued;
use relay::core::Credentials;
use signaling::IceCredentials;

use crate::config::Config;
use crate::error::StartError;
use crate::turn::Turn;

/// All that makes logins.
#[derive(Debug)]
pub(crate) struct Logins {
    relay: Option<Turn>,
    shared: Option<Shared>,
}

/// TURN servers of the operator's that share a secret with this one (draft-uberti-behave-turn-rest).
struct Shared {
    urls: Vec<String>,
    credentials: Credentials,
    /// How long a login opens allocations. It is all that ends it: those servers do not know who is in a room.
    lifetime: Duration,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Logins {
    /// Those for the servers that `config` names, and for the relay in this process.
    pub(crate) fn new(config: &Config, relay: Option<Turn>) -> Self {
        let urls: Vec<String> = config
            .ice_servers
            .iter()
            .filter(|server| needs_login(server))
            .flat_map(|server| server.urls.clone())
            .collect();
        let lifetime = config.relay.credential_lifetime();
        let secret = config.relay.turn_secret.as_ref().filter(|_| !urls.is_empty());
        let shared = secret.map(|secret| Shared {
            urls,
            credentials: Credentials::new(secret.as_bytes()),
            lifetime,
        });
        Self { relay, shared }
    }
}

impl IceCredentials for Logins {
    fn issue(&self, peer: PeerId, host: Option<&str>) -> Vec<IceServer> {
        let own = self.relay.as_ref().and_then(|relay| relay.issue(peer, host));
        self.of_others(peer).chain(own).collect()
    }

    fn probe(&self, prober: PeerId, host: Option<&str>) -> Vec<IceServer> {
        let own = self.relay.as_ref().and_then(|relay| relay.probe(prober, host));
        self.of_others(prober).chain(own).collect()
    }

    /// Those for the relay in this process last as long as the seat.
    fn lifetime(&self) -> Option<Duration> {
        self.shared.as_ref().map(|shared| shared.lifetime)
    }

    fn seated(&self, peer: PeerId, room: u64) {
        if let Some(relay) = &self.relay {
            relay.seated(peer, room);
        }
    }

    fn ended(&self, peer: PeerId) {
        if let Some(relay) = &self.relay {
            relay.ended(peer);
        }
    }
}

impl Logins {
    fn of_others(&self, peer: PeerId) -> impl Iterator<Item = IceServer> {
        let shared = self.shared.as_ref();
        shared.map(|shared| shared.issue(peer, since_epoch())).into_iter()
    }
}

impl Shared {
    /// The user name is when the login ends, and the peer.
    fn issue(&self, peer: PeerId, now: Duration) -> IceServer {
        let expires = now.as_secs().saturating_add(self.lifetime.as_secs());
        let login = self.credentials.issue(&format!("{expires}:{peer}"));
        ice_server(
            self.urls.clone(),
            login.expect("a number and a peer's id are short and of visible ASCII"),
        )
    }
}

/// The servers that are the same for everybody.
pub(crate) fn for_everybody(config: &Config) -> Vec<IceServer> {
    let known = config.ice_servers.iter().filter(|server| !needs_login(server));
    known.cloned().collect()
}

/// Whether every server has its login, and the secret a use.
///
/// # Errors
/// A sentence for the operator where one of them is missing.
pub(crate) fn check(config: &Config) -> Result<(), StartError> {
    let needed = config.ice_servers.iter().any(needs_login);
    match (needed, config.relay.turn_secret.is_some()) {
        (true, false) => Err(StartError::NoTurnSecret),
        (false, true) => Err(StartError::UnusedTurnSecret),
        _ => Ok(()),
    }
}

fn needs_login(server: &IceServer) -> bool {
    server.username.is_none() && server.urls.iter().any(|url| url.starts_with("turn"))
}

/// An ICE server as browsers are told it.
pub(crate) fn ice_server(urls: Vec<String>, login: Issued) -> IceServer {
    IceServer {
        urls,
        username: Some(login.username),
        credential: Some(login.password),
    }
}

fn since_epoch() -> Duration {
    // A clock before 1970 makes logins that are over, and the server says so.
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn config(flags: &[&str]) -> Config {
        Config::parse_from(["parlour"].iter().chain(flags))
    }

    #[test]
    fn a_shared_secret_makes_logins_as_coturn_reads_them() {
        let flags = [
            "--ice-server=turn:a.example",
            "--ice-server=turns:a.example",
            "--turn-secret=north",
        ];
        let mut config = config(&flags);
        assert!(check(&config).is_ok());
        let peer: PeerId = "00000000-0000-4000-8000-000000000007".parse().expect("an id");
        let shared = Logins::new(&config, None).shared.expect("a secret");
        let server = shared.issue(peer, Duration::from_secs(1_000_000));
        assert_eq!(server.urls, ["turn:a.example", "turns:a.example"]);
        let username = "1043200:00000000-0000-4000-8000-000000000007";
        assert_eq!(server.username.as_deref(), Some(username));
        // printf %s "$username" | openssl dgst -sha1 -hmac north -binary | base64
        assert_eq!(server.credential.as_deref(), Some("YMpNoKa4JgfEfRmtTbh+ijzQ5Bo="));
        assert!(
            for_everybody(&config).is_empty(),
            "nobody is told of it without a login"
        );
        config.relay.relay_credential_lifetime = 600;
        let logins = Logins::new(&config, None);
        assert_eq!(logins.lifetime(), Some(Duration::from_secs(600)));
        let server = logins
            .shared
            .expect("a secret")
            .issue(peer, Duration::from_secs(1_000_000));
        let username = "1000600:00000000-0000-4000-8000-000000000007";
        assert_eq!(server.username.as_deref(), Some(username));
    }

    #[test]
    fn what_has_a_login_or_needs_none_is_the_same_for_everybody() {
        let config = config(&["--ice-server=stun:a.example", "--ice-server=turn:b.example,ada,hunter2"]);
        assert!(check(&config).is_ok());
        assert_eq!(for_everybody(&config), config.ice_servers);
        let logins = Logins::new(&config, None);
        assert!(logins.issue(PeerId::from_bytes([7; 16]), None).is_empty());
        assert_eq!(logins.lifetime(), None, "there is nothing to renew");
    }

    #[test]
    fn a_secret_and_its_server_come_together() {
        let server = check(&config(&["--ice-server=turn:a.example"])).expect_err("no secret");
        assert!(server.to_string().contains("--turn-secret"));
        let secret = check(&config(&["--turn-secret=north"])).expect_err("no server");
        assert!(secret.to_string().contains("--ice-server"));
    }
}
