//! A relay and a TURN client on the loopback interface.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

pub use client::turn::{Client, FromPeer, Line, Request, Success, TurnError};
use relay::{Bound, Bounds, Config, Relay};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Longer than anything takes: a test that would hang fails instead.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("{what} did not happen"))
}

/// A relay that runs until it is stopped.
pub struct Running {
    pub relay: Relay,
    pub address: SocketAddr,
    /// All of them sit in one room.
    seated: Mutex<BTreeSet<String>>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    pub async fn start(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_at("127.0.0.1:0", change).await
    }

    pub async fn start_at(listen: &str, change: impl FnOnce(&mut Config)) -> Self {
        let listen: SocketAddr = listen.parse().unwrap();
        let mut config = Config::new(*b"the secret of the tests");
        config.udp = vec![listen];
        config.tcp = vec![listen];
        // All come from one machine, and many share a seat.
        let plenty = Bound {
            allocations: 100,
            bandwidth: None,
        };
        config.bounds = Bounds {
            seat: plenty,
            prober: config.bounds.prober,
            probers: config.bounds.probers,
            room: plenty,
            address: plenty,
            server: plenty,
        };
        change(&mut config);
        let relay = Relay::bind(config).await.unwrap();
        let address = relay.udp_addresses()[0];
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn({
            let relay = relay.clone();
            async move { relay.run(async { drop(stopped.await) }).await }
        });
        Self {
            relay,
            address,
            seated: Mutex::default(),
            stop,
            task,
        }
    }

    /// Drops what runs it, before it was told to stop.
    pub async fn abandon(self) -> Relay {
        self.task.abort();
        let ended = soon("the end", self.task).await;
        assert!(ended.is_err_and(|error| error.is_cancelled()));
        self.relay
    }

    /// Stops it and waits until it has stopped.
    pub async fn stop(self) {
        drop(self.stop);
        soon("the end", self.task).await.unwrap();
    }
}

/// A TURN client for which what cannot go wrong does not.
pub struct Guest {
    pub client: Client,
    pub relayed: Option<SocketAddr>,
    pub mapped: Option<SocketAddr>,
}

impl Guest {
    pub async fn udp(running: &Running, seat: &str) -> Self {
        Self::over(running, Line::udp(running.address).await.unwrap(), seat)
    }

    pub async fn tcp(running: &Running, seat: &str) -> Self {
        let line = Line::tcp(running.relay.tcp_addresses()[0]).await.unwrap();
        Self::over(running, line, seat)
    }

    pub fn over(running: &Running, line: Line, seat: &str) -> Self {
        if running.seated.lock().unwrap().insert(seat.to_owned()) {
            running.relay.sit(seat, 1);
        }
        let issued = running.relay.issue(seat).unwrap();
        Self::with(line, issued.username, issued.password)
    }

    /// Somebody to talk to over UDP, with an allocation.
    pub async fn peer(running: &Running) -> Self {
        let mut peer = Self::udp(running, "peer").await;
        assert_eq!(peer.allocate().await, None);
        peer
    }

    /// A client with credentials that somebody was given.
    pub fn with(line: Line, username: String, password: String) -> Self {
        Self {
            client: Client::new(line, username, password),
            relayed: None,
            mapped: None,
        }
    }

    /// The line alone, for another client.
    pub fn into_line(self) -> Line {
        self.client.into_line()
    }

    /// Asks, and waits for the answer to that: the code where it is refused.
    async fn ask(&mut self, request: Request) -> Result<Success, Option<u16>> {
        match self.client.ask(request, PATIENCE).await {
            Ok(success) => Ok(success),
            Err(TurnError::Refused(_, code)) => Err(Some(code)),
            Err(error) => panic!("{request:?}: {error}"),
        }
    }

    /// The code of the answer.
    pub async fn allocate(&mut self) -> Option<u16> {
        match self.ask(Request::Allocate).await {
            Ok(success) => {
                (self.relayed, self.mapped) = (success.relayed, success.mapped);
                None
            }
            Err(code) => code,
        }
    }

    /// Its relayed address.
    pub fn at(&self) -> SocketAddr {
        self.relayed.unwrap()
    }

    pub async fn refresh(&mut self, seconds: u32) -> Option<u16> {
        self.ask(Request::Refresh(seconds)).await.err().flatten()
    }

    pub async fn permit(&mut self, peer: SocketAddr) -> Option<u16> {
        self.ask(Request::Permit(peer)).await.err().flatten()
    }

    pub async fn bind(&mut self, number: u16, peer: SocketAddr) -> Option<u16> {
        self.ask(Request::Bind(number, peer)).await.err().flatten()
    }

    pub async fn send(&mut self, peer: SocketAddr, payload: &[u8]) {
        self.client.send(peer, payload).await.unwrap();
    }

    pub async fn send_channel(&mut self, number: u16, payload: &[u8]) {
        self.client.send_channel(number, payload).await.unwrap();
    }

    /// The next datagram of a peer, and how it came.
    pub async fn hear(&mut self) -> FromPeer {
        soon("a datagram", self.client.hear()).await.unwrap()
    }
}
