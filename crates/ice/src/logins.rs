//! Logins for TURN servers, one for each seat: for the relay in this process, and for others that share a secret with it.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use protocol::{IceServer, PeerId};
use relay::Issued;
use relay::core::Credentials;
use signaling::IceCredentials;

use crate::{Error, Turn};

/// How long somebody without a seat may open allocations on the operator's servers: long enough to try whether they are reached.
const PROBE: Duration = Duration::from_secs(120);

/// All that makes logins.
#[derive(Debug)]
pub struct Logins {
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
    /// Those for the relay in this process, and for those of `servers` that need one: made of `secret`, and good for `lifetime`.
    #[must_use]
    pub fn new(relay: Option<Turn>, servers: &[IceServer], secret: Option<&str>, lifetime: Duration) -> Self {
        let urls: Vec<String> = servers
            .iter()
            .filter(|server| needs_login(server))
            .flat_map(|server| server.urls.clone())
            .collect();
        let secret = secret.filter(|_| !urls.is_empty());
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
        let theirs = self
            .shared
            .as_ref()
            .map(|of| of.issue(peer, since_epoch(), of.lifetime));
        theirs.into_iter().chain(own).collect()
    }

    fn probe(&self, prober: PeerId, host: Option<&str>) -> Vec<IceServer> {
        let own = self.relay.as_ref().and_then(|relay| relay.probe(prober, host));
        let theirs = self
            .shared
            .as_ref()
            .map(|of| of.issue(prober, since_epoch(), PROBE.min(of.lifetime)));
        theirs.into_iter().chain(own).collect()
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

impl Shared {
    /// The user name is when the login ends, and the peer.
    fn issue(&self, peer: PeerId, now: Duration, lifetime: Duration) -> IceServer {
        let expires = now.as_secs().saturating_add(lifetime.as_secs());
        let login = self.credentials.issue(&format!("{expires}:{peer}"));
        ice_server(
            self.urls.clone(),
            login.expect("a number and a peer's id are short and of visible ASCII"),
        )
    }
}

/// The servers that are the same for everybody.
#[must_use]
pub fn for_everybody(servers: &[IceServer]) -> Vec<IceServer> {
    let known = servers.iter().filter(|server| !needs_login(server));
    known.cloned().collect()
}

/// Whether every server has its login, and the secret a use.
///
/// # Errors
/// [`Error::NoTurnSecret`] and [`Error::UnusedTurnSecret`], where one of them is missing.
pub fn check(servers: &[IceServer], has_secret: bool) -> Result<(), Error> {
    match (servers.iter().any(needs_login), has_secret) {
        (true, false) => Err(Error::NoTurnSecret),
        (false, true) => Err(Error::UnusedTurnSecret),
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

    fn servers(written: &[&str]) -> Vec<IceServer> {
        let parse = |text: &&str| crate::parse(text).expect("a server");
        written.iter().map(parse).collect()
    }

    #[test]
    fn a_shared_secret_makes_logins_as_coturn_reads_them() {
        let servers = servers(&["turn:a.example", "turns:a.example"]);
        assert!(check(&servers, true).is_ok());
        let peer: PeerId = "00000000-0000-4000-8000-000000000007".parse().expect("an id");
        let logins = |lifetime| Logins::new(None, &servers, Some("north"), Duration::from_secs(lifetime));
        let issued = |lifetime| {
            let shared = logins(lifetime).shared.expect("a secret");
            shared.issue(peer, Duration::from_secs(1_000_000), Duration::from_secs(lifetime))
        };
        let server = issued(43_200);
        assert_eq!(server.urls, ["turn:a.example", "turns:a.example"]);
        let username = "1043200:00000000-0000-4000-8000-000000000007";
        assert_eq!(server.username.as_deref(), Some(username));
        // printf %s "$username" | openssl dgst -sha1 -hmac north -binary | base64
        assert_eq!(server.credential.as_deref(), Some("YMpNoKa4JgfEfRmtTbh+ijzQ5Bo="));
        assert!(
            for_everybody(&servers).is_empty(),
            "nobody is told of it without a login"
        );
        assert_eq!(logins(600).lifetime(), Some(Duration::from_secs(600)));
        let username = "1000600:00000000-0000-4000-8000-000000000007";
        assert_eq!(issued(600).username.as_deref(), Some(username));
    }

    #[test]
    fn who_has_no_seat_gets_a_login_for_two_minutes() {
        let servers = servers(&["turn:a.example"]);
        let logins = Logins::new(None, &servers, Some("north"), Duration::from_secs(43_200));
        let peer = PeerId::from_bytes([7; 16]);
        let ends = |issued: Vec<IceServer>| {
            let username = issued[0].username.clone().expect("a login");
            let (expires, _) = username.split_once(':').expect("when it ends, and the peer");
            Duration::from_secs(expires.parse().expect("seconds"))
        };
        let now = since_epoch();
        let left = |issued| ends(issued).saturating_sub(now).as_secs();
        assert!((118..=122).contains(&left(logins.probe(peer, None))));
        assert!((43_000..=43_400).contains(&left(logins.issue(peer, None))));
    }

    #[test]
    fn what_has_a_login_or_needs_none_is_the_same_for_everybody() {
        let servers = servers(&["stun:a.example", "turn:b.example,ada,hunter2"]);
        assert!(check(&servers, false).is_ok());
        assert_eq!(for_everybody(&servers), servers);
        let logins = Logins::new(None, &servers, None, Duration::from_secs(600));
        assert!(logins.issue(PeerId::from_bytes([7; 16]), None).is_empty());
        assert_eq!(logins.lifetime(), None, "there is nothing to renew");
    }

    #[test]
    fn a_secret_and_its_server_come_together() {
        let server = check(&servers(&["turn:a.example"]), false).expect_err("no secret");
        assert!(server.to_string().contains("--turn-secret"));
        let secret = check(&[], true).expect_err("no server");
        assert!(secret.to_string().contains("--ice-server"));
    }
}
