//! STUN and TURN in the server's own process: what two browsers need that have no direct path to each other.
//!
//! ```no_run
//! # async fn serve(tls: tokio::net::TcpStream, shutdown: impl Future<Output = ()>) -> Result<(), Box<dyn std::error::Error>> {
//! let mut config = relay::Config::new([0; 32]); // a secret
//! config.udp.push("[::]:3478".parse()?);
//! config.tcp.push("[::]:3478".parse()?);
//! let relay = relay::Relay::bind(config).await?;
//!
//! relay.sit("seat-of-the-peer", 7); // in the room instance 7
//! let login = relay.issue("seat-of-the-peer")?; // username and credential of an RTCIceServer
//! # let _ = (login.username, login.password);
//! # let (peer, local) = (tls.peer_addr()?, tls.local_addr()?);
//! tokio::spawn({ // a TLS stream whose first bytes are STUN's (`relay::is_stun`)
//!     let relay = relay.clone();
//!     async move { relay.serve_stream(tls, peer, local).await }
//! });
//! relay.end("seat-of-the-peer"); // who leaves the room leaves the relay
//! relay.run(shutdown).await;
//! # Ok(()) }
//! ```
//!
//! # What it speaks
//!
//! STUN Binding (RFC 8489) and TURN (RFC 8656) over UDP, TCP and streams that are handed in. Long-term credentials with
//! MESSAGE-INTEGRITY (SHA-1 and MD5, as browsers do). Not spoken, and answered as the RFC wants it: TCP to peers (442), relayed
//! addresses of IPv6 (440), reserved ports (508, and 420 for RESERVATION-TOKEN), DONT-FRAGMENT (420). ADDITIONAL-ADDRESS-FAMILY need not be understood, and is
//! not. Every peer that is refused gets 403, because Firefox gives up its allocation after any other code. ICMP is not reported, and TTL,
//! DSCP and ECN are not carried over. Channel numbers are those of RFC 5766, which contain those of RFC 8656.
//!
//! A relayed address is a name: 192.0.2.1 ([`core::RELAYED_IP`]) and a random port, not given again for a minute. No socket has it, and
//! nothing is ever sent from it or to it on any network: what one allocation sends to another one stays in this process. So a client
//! reaches only those who have an allocation of this relay too.
//!
//! # What it refuses
//!
//! - **To be a way out, or into a network.** It is a meeting point: an allocation reaches allocations of the seats of its own
//!   room, and nothing else. Both are looked up on ChannelBind, with each Send and with each ChannelData, so that data to an allocation
//!   stops with it. CreatePermission is granted for the address that all allocations share, and opens nothing.
//! - **To serve somebody without a seat.** The relay is told of each seat, its room and its end ([`Relay::sit`], [`Relay::end`]). A login
//!   is good as long as its seat is there. Who only tries whether the relay can be reached ([`Relay::probe`]) meets nobody else.
//! - **To be an amplifier.** Who has not proven their address gets small answers, and few that are larger than the request
//!   ([`core::Reflection`]).
//! - **To remember strangers.** Nonces are computed ([`core::Nonces`]), and so are passwords ([`core::Credentials`]).
//!   Everything else has a bound: see [`Config`] and [`Bounds`].
//!
//! # How it is built
//!
//! [`core`] is the protocol, without input and output; the other files are sockets. A datagram's sender is looked up by its
//! 5-tuple and its receiver by the port of the relayed address. Neither allocates, and the only locks that they take are those of the two
//! allocations and of two tables that are written only when allocations come and go.
//!
//! A datagram costs one receive, one lookup and one send. Many are received with one system call when they have come together, and those
//! that follow each other to one client leave with one, as a train that the kernel or the network card cuts apart: on the wire are
//! the same packets. Where that is not to be had, each is sent by itself. Clients that send datagrams are spread over as many threads
//! as there are cores. Each has a socket of its own, over which it also sends to clients of other threads, without waking one.
//! Streams are served in the runtime in which they are handed in.
//!
//! # Why the protocol is written here
//!
//! `turn-server-proto` 0.7 was looked at first: it is kept, tested and without sockets as well. It does not fit at four places.
//! Users are a table (`add_user`) with passwords, while ours are computed from a secret. Nonces are stored for
//! each address that ever asked. Clients, permissions and channels of a listener are found by walking lists under one `&mut`,
//! so that all allocations would share a lock. And there is neither a quota nor a place where CreatePermission and ChannelBind
//! could be refused with 403, or Allocate with 486. So only the layer below it is used: `stun-types` reads and writes messages.
//! Its sister `turn-types` brings a STUN agent along for a handful of integers; it is the judge in the tests.
//!
//! # For operators
//!
//! - Nothing is logged here. `stun-types` warns of every malformed message of any stranger, and at trace level shows keys: keep the
//!   target `stun_types` off, as Parlour's server does.
//! - Datagrams to UDP clients are never fragmented, as `quinn-udp` sets it: what is larger than the path is lost. WebRTC
//!   never sends such.
//! - On Linux each core's thread has a socket of its own at each address that is listened on (SO_REUSEPORT). The first is opened
//!   without sharing, so that two relays cannot take one port by mistake.
//! - An allocation costs memory alone. Each stream is an open file.
//! - Logins outlive the process if the secret does. They are good again when their seats are back; [`Config::recovery`] is how long these
//!   are waited for.

pub mod core;

mod back;
mod clock;
mod config;
mod dispatch;
mod inbox;
mod lane;
mod outbox;
mod stream;
mod tcp;
mod train;
mod udp;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use config::{BindError, Config};
pub use core::frame::is_stun;
pub use core::{BadSeat, Bandwidth, Bound, Bounds, Dropped, Flow, Issued, Stats};

use back::Back;
use clock::Clock;
use core::{Credentials, Server};
use stream::Streams;
use udp::Listeners;

/// How often what has expired is looked for.
const SWEEP: Duration = Duration::from_secs(1);

/// How often one port is looked for that is free for both datagrams and streams.
const PORT_TRIES: usize = 16;

/// A STUN and TURN server. Clones are the same server.
#[derive(Clone)]
pub struct Relay {
    shared: Arc<Shared>,
    udp: Vec<Listeners>,
    tcp: Vec<Arc<TcpListener>>,
}

/// What every task needs.
struct Shared {
    config: Config,
    server: Server<Back>,
    credentials: Arc<Credentials>,
    clock: Clock,
    streams: Streams,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

impl Relay {
    /// Opens the sockets of `config`. Nothing is read from them before [`run`](Self::run). Must be called in a tokio
    /// runtime, hence async.
    ///
    /// # Errors
    /// [`BindError`]: what in the configuration cannot be, or which address cannot be listened on.
    pub async fn bind(config: Config) -> Result<Self, BindError> {
        config.check()?;
        let (udp, tcp) = listeners(&config)?;
        let credentials = Arc::new(Credentials::new(&config.secret));
        let clock = Clock::start();
        let server = Server::new(config.settings(), Arc::clone(&credentials), &config.secret, clock.now());
        let shared = Shared {
            config,
            server,
            credentials,
            clock,
            streams: Streams::default(),
            tasks: TaskTracker::new(),
            shutdown: CancellationToken::new(),
        };
        Ok(Self {
            shared: Arc::new(shared),
            udp,
            tcp,
        })
    }

    /// Serves until `shutdown`, or until a part of it panics. Then all allocations and streams are closed, and it returns when they are.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let stop = Stop(&self.shared);
        let Shared {
            shutdown: token,
            tasks,
            server,
            clock,
            ..
        } = &*self.shared;
        let lanes = lane::start(&self.shared, &self.udp);
        for listener in &self.tcp {
            let run = tcp::run(Arc::clone(listener), Arc::clone(&self.shared));
            tasks.spawn(token.clone().run_until_cancelled_owned(run));
        }
        let sweep = async {
            let mut ticks = interval(SWEEP);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
            loop {
                ticks.tick().await;
                server.expire(clock.now());
            }
        };
        tokio::select! {
            () = shutdown => {}
            () = sweep => {}
            // A part of it has failed.
            () = token.cancelled() => {}
        }
        drop(stop);
        tasks.wait().await;
        lanes.ended().await;
        // What was opened while the tasks ended.
        server.close_all(clock.now());
    }

    /// Serves one stream on which the client speaks TURN: TCP, or TLS after its handshake. Returns when it is over, which
    /// closes the stream; at once where there are too many.
    ///
    /// Messages are written as slices of one vectored write, so that a stream of records can make one of each.
    ///
    /// `peer` is the client's address, for its reflexive address and the quotas; `local` the one that it connected to.
    /// Dropping the future closes the stream and its allocation.
    pub async fn serve_stream<S>(&self, stream: S, peer: SocketAddr, local: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Send,
    {
        stream::serve(&self.shared, stream, peer, local).await;
    }

    /// The login of a seat, or of a probe. It opens nothing before the relay is told of it, and after its end.
    ///
    /// # Errors
    /// [`BadSeat`] when the name is empty, longer than 256 bytes, or holds anything but visible ASCII.
    pub fn issue(&self, seat: &str) -> Result<Issued, BadSeat> {
        self.shared.credentials.issue(seat)
    }

    /// A seat is taken in this instance of a room: its login is good from now on, and its allocations reach those of the room's
    /// other seats. A room that closes and another one that is opened under its name are two instances, with two numbers.
    pub fn sit(&self, seat: &str, room: u64) {
        self.shared.server.sit(self.shared.clock.now(), seat, room);
    }

    /// Somebody without a seat may try whether the relay can be reached: [`Bounds::prober`] allocations, which reach each other and
    /// nobody else's.
    pub fn probe(&self, name: &str) {
        self.shared.server.probe(self.shared.clock.now(), name);
    }

    /// A seat or a probe has ended: its login is void, and what was opened with it is closed.
    pub fn end(&self, name: &str) {
        self.shared.server.end(self.shared.clock.now(), name);
    }

    /// Numbers for operators.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            streams: self.shared.streams.len() as u64,
            ..self.shared.server.stats()
        }
    }

    /// Where datagrams are received, with the ports that were given for 0.
    #[must_use]
    pub fn udp_addresses(&self) -> Vec<SocketAddr> {
        self.udp.iter().map(Listeners::local).collect()
    }

    /// Where streams are accepted, with the ports that were given for 0.
    #[must_use]
    pub fn tcp_addresses(&self) -> Vec<SocketAddr> {
        self.tcp
            .iter()
            .filter_map(|listener| listener.local_addr().ok())
            .collect()
    }
}

/// Ends everything when it is dropped, which it is too where nobody waits for [`Relay::run`] any more.
struct Stop<'a>(&'a Shared);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.shutdown.cancel();
        self.0.server.close_all(self.0.clock.now());
        self.0.tasks.close();
    }
}

/// Ends the relay when the task that holds it panics: half of one would let calls fail that nobody knows of.
pub(crate) struct Alarm(pub(crate) Arc<Shared>);

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.shutdown.cancel();
        }
    }
}

type Sockets = (Vec<Listeners>, Vec<Arc<TcpListener>>);

fn listeners(config: &Config) -> Result<Sockets, BindError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match try_listeners(config) {
            // A port that was free for one may be taken for the other.
            Err(BindError::Listen(address, _)) if tries < PORT_TRIES && shares_port(config, address) => {}
            done => return done,
        }
    }
}

fn shares_port(config: &Config, address: SocketAddr) -> bool {
    let any = SocketAddr::new(address.ip(), 0);
    config.udp.contains(&any) && config.tcp.contains(&any)
}

fn try_listeners(config: &Config) -> Result<Sockets, BindError> {
    let mut tcp = Vec::new();
    for &address in &config.tcp {
        let listener = tcp::bind(address).map_err(|error| BindError::Listen(address, error))?;
        tcp.push((address, Arc::new(listener)));
    }
    let mut udp = Vec::new();
    for &address in &config.udp {
        let twin = tcp.iter().find(|(wanted, _)| *wanted == address);
        let address = twin.and_then(|(_, twin)| twin.local_addr().ok()).unwrap_or(address);
        let lanes = Listeners::bind(address, lane::count()).map_err(|error| BindError::Listen(address, error))?;
        udp.push(lanes);
    }
    Ok((udp, tcp.into_iter().map(|(_, listener)| listener).collect()))
}
