//! What can be set, and what is wrong with it.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::core::{Bandwidth, Quota, Settings};

/// The shortest secret.
const MIN_SECRET: usize = 16;

/// What can be set. [`Config::new`] is a good start.
#[derive(Clone)]
pub struct Config {
    /// Where datagrams are received; `[::]` is both families where the system has it so. Where an address with port 0 is in [`tcp`](Self::tcp) too, both get one port.
    pub udp: Vec<SocketAddr>,
    /// Where streams are accepted. TLS is not spoken here: hand its streams to [`Relay::serve_stream`](crate::Relay::serve_stream).
    pub tcp: Vec<SocketAddr>,
    /// The addresses under which clients know their allocations, at most one for each family: those by which the world reaches
    /// this machine. In a family without one there are no allocations.
    pub external: Vec<IpAddr>,
    /// Where the sockets of relayed addresses are bound, at most one for each family; the unspecified address where there
    /// is none. Behind a NAT it differs from [`external`](Self::external).
    pub bind_ip: Vec<IpAddr>,
    /// The ports of relayed addresses. Nothing comes in through them or goes out: what passes from one allocation to another
    /// stays in this process.
    pub ports: RangeInclusive<u16>,
    /// Everything that is signed is signed with it: 16 bytes at least. Who knows it can use the relay.
    pub secret: Vec<u8>,
    /// The realm of the credentials: 1 to 64 visible characters of ASCII. Each of them is in every answer to strangers.
    pub realm: String,
    /// For how long credentials can open allocations.
    pub credential_lifetime: Duration,
    /// How many allocations there may be.
    pub quota: Quota,
    /// Channels that one allocation may have.
    pub channels: usize,
    /// Bytes of payload that one allocation may carry, for each direction; `None` for no bound.
    pub bandwidth: Option<Bandwidth>,
    /// How many answers to one place may be larger than the requests, as long as the place has proven nothing.
    /// See [`Reflection`](crate::core::Reflection).
    pub strangers: Bandwidth,
    /// Streams at the same time, those that are handed in included.
    pub streams: usize,
    /// The same from one IPv4 address or IPv6 /64.
    pub streams_per_address: usize,
    /// A stream without an allocation is closed after so long.
    pub stream_patience: Duration,
}

impl Config {
    /// A relay that is known under these addresses and listens nowhere yet.
    #[must_use]
    pub fn new(secret: impl Into<Vec<u8>>, external: impl Into<Vec<IpAddr>>) -> Self {
        Self {
            udp: Vec::new(),
            tcp: Vec::new(),
            external: external.into(),
            bind_ip: Vec::new(),
            ports: 49_152..=65_535,
            secret: secret.into(),
            realm: "parlour".to_owned(),
            credential_lifetime: Duration::from_secs(12 * 3600),
            quota: Quota {
                per_seat: 64,
                per_prober: 16,
                per_address: 1024,
                overall: 8192,
            },
            channels: 64,
            bandwidth: Some(Bandwidth {
                per_second: 2_500_000,
                burst: 2_500_000,
            }),
            strangers: Bandwidth {
                per_second: 100,
                burst: 500,
            },
            streams: 4096,
            streams_per_address: 512,
            stream_patience: Duration::from_secs(30),
        }
    }

    /// Where the socket of a relayed address is bound.
    pub(crate) fn bind_ip_for(&self, external: IpAddr) -> IpAddr {
        let same = self.bind_ip.iter().find(|ip| ip.is_ipv4() == external.is_ipv4());
        same.copied().unwrap_or(match external {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        })
    }

    /// What of it the protocol needs.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings {
            realm: self.realm.clone(),
            external: self.external.clone(),
            quota: self.quota,
            channels: self.channels,
            bandwidth: self.bandwidth,
            strangers: self.strangers,
        }
    }

    pub(crate) fn check(&self) -> Result<(), BindError> {
        if self.secret.len() < MIN_SECRET {
            return Err(BindError::Secret);
        }
        if self.realm.is_empty() || self.realm.len() > 64 || !self.realm.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BindError::Realm);
        }
        if self.ports.is_empty() || *self.ports.start() == 0 {
            return Err(BindError::Ports);
        }
        let one_each = |ips: &[IpAddr]| {
            [true, false]
                .iter()
                .all(|&v4| ips.iter().filter(|ip| ip.is_ipv4() == v4).count() < 2)
        };
        let hosts = self
            .external
            .iter()
            .all(|ip| !ip.is_unspecified() && !ip.is_multicast() && ip.to_canonical() == *ip);
        if self.external.is_empty() || !hosts || !one_each(&self.external) || !one_each(&self.bind_ip) {
            return Err(BindError::External);
        }
        Ok(())
    }
}

/// Why a relay could not be set up.
#[derive(Debug)]
pub enum BindError {
    /// [`Config::secret`] is too short.
    Secret,
    /// [`Config::realm`] cannot be a realm.
    Realm,
    /// [`Config::ports`] is empty, or holds port 0.
    Ports,
    /// [`Config::external`] or [`Config::bind_ip`] is not one host address for each family, or there is none.
    External,
    /// An address cannot be listened on.
    Listen(SocketAddr, io::Error),
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret => write!(
                f,
                "bad-secret: the relay's secret is too short; give it {MIN_SECRET} random bytes or more"
            ),
            Self::Realm => write!(
                f,
                "bad-realm: the realm is not 1 to 64 visible ASCII characters; use the name of the host"
            ),
            Self::Ports => write!(
                f,
                "bad-ports: the range of relayed ports is empty or begins at 0; use 49152-65535"
            ),
            Self::External => write!(
                f,
                "bad-external: the relay needs one public address, or one for each of IPv4 and IPv6; name the addresses \
                 under which this machine is reached"
            ),
            Self::Listen(address, error) => {
                write!(f, "cannot-listen: {address}: {error}; choose another address or port")
            }
        }
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen(_, error) => Some(error),
            _ => None,
        }
    }
}
