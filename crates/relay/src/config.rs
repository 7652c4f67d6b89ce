//! What can be set, and what is wrong with it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::core::{Bandwidth, Bound, Bounds, Settings};

/// The shortest secret.
const MIN_SECRET: usize = 16;

/// What can be set. [`Config::new`] is a good start.
#[derive(Clone)]
pub struct Config {
    /// Where datagrams are received; `[::]` is both families where the system has it so. An address with port 0 that is in [`tcp`](Self::tcp), too, gets one port for both.
    pub udp: Vec<SocketAddr>,
    /// Where streams are accepted. TLS is not spoken here: hand its streams to [`Relay::serve_stream`](crate::Relay::serve_stream).
    pub tcp: Vec<SocketAddr>,
    /// Everything that is signed is signed with it: 16 bytes at least. Anyone who knows it can make the login of a seat.
    pub secret: Vec<u8>,
    /// The realm of the credentials: 1 to 64 visible characters of ASCII. Each of them is in every answer to strangers.
    pub realm: String,
    /// How many allocations there may be, and what they may carry.
    pub bounds: Bounds,
    /// Channels that one allocation may have.
    pub channels: usize,
    /// How many answers to one place may be larger than the requests, as long as the place has proven nothing.
    /// See [`Reflection`](crate::core::Reflection).
    pub strangers: Bandwidth,
    /// Streams at the same time, those that are handed in included.
    pub streams: usize,
    /// The same from one IPv4 address or IPv6 /56.
    pub streams_per_address: usize,
    /// Of both, how many may have had no allocation yet: who only holds streams open keeps nobody else out.
    pub idle_streams: usize,
    /// The same from one address.
    pub idle_streams_per_address: usize,
    /// A stream without an allocation is closed after so long.
    pub stream_patience: Duration,
    /// For how long after the start seats of before may come back. Meanwhile an Allocate with a good login whose seat is not back is answered
    /// after 3 seconds: with 401 if the seat is still missing.
    pub recovery: Duration,
}

/// What one allocation may send in rooms of the usual size.
const BANDWIDTH: u64 = 2_500_000;

/// Allocations that one connection may need: for each transport, on each network that the person is in.
const PER_CONNECTION: usize = 8;

/// Connections whose bandwidth one address may use, and the server.
const BUSY_OF_ADDRESS: u64 = 128;
const BUSY_OF_SERVER: u64 = 512;

impl Bounds {
    /// For rooms of up to `people`, each of whom sends up to `bandwidth` bytes a second to each of the others.
    #[must_use]
    pub fn for_rooms_of(people: usize, bandwidth: u64) -> Self {
        let people = people.max(2);
        let connections = people - 1;
        let bound = |allocations, connections: u64| Bound {
            allocations,
            bandwidth: Some(Bandwidth::even(bandwidth.saturating_mul(connections))),
        };
        let of_seat = PER_CONNECTION * connections;
        Self {
            seat: bound(of_seat, connections as u64),
            prober: bound(16, 1),
            probers: bound(1_024, BUSY_OF_ADDRESS),
            room: bound(of_seat * people, (people * connections) as u64),
            address: bound(4_096, BUSY_OF_ADDRESS),
            server: bound(16_384, BUSY_OF_SERVER),
        }
    }
}

impl Config {
    /// A relay for rooms of up to 8 people that listens nowhere yet.
    #[must_use]
    pub fn new(secret: impl Into<Vec<u8>>) -> Self {
        Self {
            udp: Vec::new(),
            tcp: Vec::new(),
            secret: secret.into(),
            realm: "parlour".to_owned(),
            bounds: Bounds::for_rooms_of(8, BANDWIDTH),
            channels: 64,
            strangers: Bandwidth {
                per_second: 100,
                burst: 500,
            },
            streams: 4096,
            streams_per_address: 512,
            idle_streams: 1024,
            idle_streams_per_address: 128,
            stream_patience: Duration::from_secs(30),
            recovery: Duration::ZERO,
        }
    }

    /// What of it the protocol needs.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings {
            realm: self.realm.clone(),
            bounds: self.bounds,
            channels: self.channels,
            recovery: self.recovery,
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
