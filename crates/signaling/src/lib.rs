//! The server side of a WebRTC mesh: rooms, who is in them, and passing signals (descriptions and candidates) between
//! two of their members. One WebSocket route, to be mounted in any axum app:
//!
//! ```no_run
//! # async fn run() -> std::io::Result<()> {
//! let app = axum::Router::<()>::new().merge(signaling::router(signaling::Config::default()));
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//! axum::serve(listener, app).await
//! # }
//! ```
//!
//! `examples/mount.rs` is a whole program with a clean shutdown. The messages are those of the `protocol` crate;
//! `PROTOCOL.md` walks a call through them.
//!
//! # If you come from Socket.IO and PeerJS
//!
//! There it took two servers on the one side and two connections on the other; here one route and one socket do both.
//!
//! | what you wrote there | what you write here |
//! |---|---|
//! | `const io = new Server(http)` and `ExpressPeerServer(http)`, on two paths or ports | `app.merge(signaling.router())`: `GET /ws` |
//! | `io.on("connection", socket => …)` with your own handlers for rooms | nothing: rooms are what this crate is |
//! | `new Peer()`, then wait for its `open` to learn your id | nothing: `joined` brings your id, issued by the server; nobody can take another's |
//! | `socket.emit("join-room", room, id)` | send `join` with the room, a name and what is on |
//! | `socket.join(room); socket.to(room).emit("user-connected", id)` | nothing: `join` answers with everybody who was there, and each of them gets `peer-joined`, in one step that nobody falls through |
//! | `peer.call(id, stream)` on `user-connected` | make an `RTCPeerConnection` on `peer-joined` and send the offer in a `signal` |
//! | `peer.on("call", call => call.answer(stream))` | answer the `signal` that carries an offer; `from` is stamped by the server |
//! | `socket.on("disconnect", …)` and `emit("user-disconnected", id)` | nothing: everybody in the room gets `peer-left` with a reason |
//! | `connectionStateRecovery`, `socket.recovered`, `skipMiddlewares` | nothing: a `join` with the `token` of the `joined` before is answered by `resumed`, and everything that was missed follows; or by `joined`, with the old id |
//! | an adapter (Redis, MongoDB) so that recovery survives a restart | [`Config::seat_key`]: the token is checked by a key, not looked up in a table |
//! | `maxDisconnectionDuration` | [`Config::grace`] |
//! | buffering in the client, and acknowledgements with retries | both sides count: `resumed` says how many of the client's messages have arrived, and it sends the rest again |
//! | `io.in(room).fetchSockets()` | send `peek`: it needs no seat |
//! | acknowledgement callbacks, thrown errors | `error` with a stable `code` and a sentence for people |
//! | `cors: { origin: … }` | [`Config::allowed_origins`]; the server's own host is allowed, too, unless [`Config::trust_host`] says no |
//! | `pingInterval`, `pingTimeout`, `maxHttpBufferSize` | [`Config::ping_interval`], [`Config::socket_timeout`], `protocol::limits` |
//! | `io.close()` | [`Signaling::shutdown`]: says `bye` and when to come back, and waits until all is closed |
//!
//! What is missing here: long polling (a WebSocket is needed) and events of your own (the messages are typed and fixed).
//! What is new: two encodings of the same messages, chosen by the WebSocket subprotocol. `parlour.v1` is postcard in
//! binary frames, `parlour.v1+json` is JSON in text frames; members of one room may mix them.
//!
//! # When a socket is lost
//!
//! A seat outlives its socket for [`Config::grace`]. The others are told `peer-away` at once, `peer-back` when it is taken back,
//! and `peer-left` when it is not; a client that says `leave` or closes its socket properly has left at once. What the room says
//! meanwhile waits, bounded as for a slow reader. A socket whose seat is taken back by another one is closed with 4002.
//!
//! Unlike Socket.IO's recovery, this holds for what the client says too, it does not end with the process (given the same
//! [`Config::seat_key`], a restarted server seats the same people under their old ids as they come back, for twice the grace), and
//! a client learns which of both it is: `resumed` is complete, and after `joined` the roster counts. What arrived is
//! acknowledged by the pongs of WebSocket, so clients need nothing for that but a standard library.
//!
//! The parts are public and pure, to be put under a simulation or another transport: [`Rooms`] (who must hear what),
//! [`Backlog`] (what was said to one seat), [`SeatKey`] (the tokens) and [`Recovery`] (which seats of before may be built again).
//!
//! # What a client can rely on
//!
//! - Signals between two peers arrive in the order in which they were sent, and only within one room.
//! - A client that reads too slowly, floods or breaks the framing is closed with a code and a reason
//!   (`protocol::CloseCode`; 1002 `protocol-error` where it does not speak WebSocket properly). The others are told
//!   `removed`; they never wait.
//! - Where ICE servers are good for some time only ([`IceCredentials::lifetime`]), newer ones come in `ice-servers`, unasked,
//!   when about half of it is over.
//! - A message that cannot be understood is answered with `bad-message`, and the socket stays.
//!
//! # For operators
//!
//! - Turn Nagle's algorithm off on accepted connections, as the example does with `tap_io`: signals are small and urgent.
//! - Events of `tracing` are at debug level and hold counts, never a name, a room, an address or a signal. The WebSocket
//!   library logs frames at trace level through the `log` crate: keep `tungstenite` and `tokio_tungstenite` above it.
//! - An idle participant costs a few KiB: one task, one timer, a read buffer of 2 KiB. What was said is kept until the client
//!   has it, a second or two. One who is away costs a small task, and what waits.
//! - The [`Config::seat_key`] takes anybody's seat: keep it as you keep a password.

mod backlog;
mod batched;
mod client;
mod clock;
mod guest;
mod hub;
mod ice;
mod id_map;
mod origin;
mod outbox;
mod rate;
mod recovery;
mod renewal;
mod resume_token;
mod rooms;
mod socket;
mod stats;
mod upgrade;

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use axum::Router;
use axum::routing::any;
use protocol::IceServer;
use protocol::limits::{GRACE, PING_INTERVAL, SOCKET_TIMEOUT};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use backlog::{Backlog, Gap, Overflowed, Unacknowledged};
pub use guest::{Act, Allowance, Guest};
pub use ice::IceCredentials;
pub use rate::Rate;
pub use recovery::Recovery;
pub use resume_token::{InvalidToken, Sealed, SeatKey};
pub use rooms::{Answer, Delivery, Grant, Limits, Returning, Rooms};
pub use stats::Stats;

use hub::{Hub, HubConfig};
use socket::Shared;

/// What can be set. `Config::default()` is a good start.
#[derive(Clone)]
pub struct Config {
    /// People in a room, and rooms.
    pub limits: Limits,
    /// Given to everybody who joins, credentials included.
    pub ice_servers: Vec<IceServer>,
    /// Makes further ones for each seat, with credentials of its own.
    pub ice_credentials: Option<Arc<dyn IceCredentials>>,
    /// Origins, besides the server's own host, whose pages may connect: `https://example.com`.
    pub allowed_origins: Vec<String>,
    /// Whether pages of the host that a request names may connect, too. Say no where the public address is known and on the list:
    /// a name of somebody else's may lead to this server (DNS rebinding).
    pub trust_host: bool,
    /// How much one client may send.
    pub rate: Rate,
    /// How often a client is pinged.
    pub ping_interval: Duration,
    /// A client from which nothing came for so long, not even a pong, is closed.
    pub socket_timeout: Duration,
    /// How long a seat is kept whose socket is lost. Zero keeps none.
    pub grace: Duration,
    /// How long a seat must have been there for that. One that is younger is lost with its socket: so nobody fills rooms by opening
    /// sockets and dropping them. Zero by default; a server on the internet wants some seconds.
    pub grace_after: Duration,
    /// The key of the tokens with which seats are taken back. Give the same one after a restart, and rooms come together
    /// again; without one, each [`Signaling`] makes its own and knows no seats of before.
    pub seat_key: Option<SeatKey>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            ice_servers: Vec::new(),
            ice_credentials: None,
            allowed_origins: Vec::new(),
            trust_host: true,
            rate: Rate::default(),
            ping_interval: PING_INTERVAL,
            socket_timeout: SOCKET_TIMEOUT,
            grace: GRACE,
            grace_after: Duration::ZERO,
            seat_key: None,
        }
    }
}

/// A signaling server: a [`router`](Self::router) to mount, and what its owner needs besides. Clones are the same server.
#[derive(Clone)]
pub struct Signaling(Arc<Inner>);

struct Inner {
    shared: Shared,
    allowed_origins: Vec<String>,
    trust_host: bool,
}

impl Signaling {
    /// A server with no rooms yet. It starts nothing by itself.
    ///
    /// # Panics
    /// Without [`Config::seat_key`], when the operating system gives no random bytes.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let tasks = TaskTracker::new();
        let shutdown = CancellationToken::new();
        let hub = Hub::new(HubConfig {
            limits: config.limits,
            ice_servers: config.ice_servers,
            ice_credentials: config.ice_credentials,
            key: config.seat_key.unwrap_or_else(random_key),
            grace: config.grace,
            grace_after: config.grace_after,
            tasks: tasks.clone(),
            shutdown: shutdown.clone(),
        });
        Self(Arc::new(Inner {
            shared: Shared {
                hub,
                counters: stats::Counters::default(),
                shutdown,
                tasks,
                rate: config.rate,
                ping_interval: config.ping_interval,
                timeout: config.socket_timeout,
            },
            allowed_origins: config.allowed_origins,
            trust_host: config.trust_host,
        }))
    }

    /// `GET /ws`, to be merged or nested into any router, whatever its state.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        Router::new()
            .route("/ws", any(upgrade::upgrade))
            .with_state(self.clone())
    }

    /// Says `bye` to everybody, closes every socket and waits until they are closed: within 3 seconds, because a client
    /// that does not answer is cut off. New clients are refused from now on. Nobody is told that anybody left: calls go
    /// on without the server.
    pub async fn shutdown(&self) {
        let Shared { shutdown, tasks, .. } = &self.0.shared;
        shutdown.cancel();
        tasks.close();
        tasks.wait().await;
    }

    /// Numbers for operators.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let Shared { hub, counters, .. } = &self.0.shared;
        Stats {
            sockets: counters.sockets.load(Relaxed),
            seats: hub.seats() as u64,
            away: hub.away() as u64,
            rooms: hub.rooms() as u64,
            resumed: hub.resumed(),
            relayed: hub.relayed(),
            unknown: counters.unknown.load(Relaxed),
            errors: counters.errors(),
        }
    }

    fn shared(&self) -> &Shared {
        &self.0.shared
    }

    /// Whether a page with these headers may connect.
    fn allows(&self, headers: &http::HeaderMap) -> bool {
        origin::is_allowed(headers, &self.0.allowed_origins, self.0.trust_host)
    }
}

/// A key that nobody else has, and that is forgotten with this process.
fn random_key() -> SeatKey {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("an operating system that seeds hash tables has random bytes");
    SeatKey::from_random_bytes(bytes)
}

/// A signaling server to mount when neither a clean shutdown nor numbers are needed; else see [`Signaling`].
pub fn router<S: Clone + Send + Sync + 'static>(config: Config) -> Router<S> {
    Signaling::new(config).router()
}
