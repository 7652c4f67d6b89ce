//! A relay and a TURN client on the loopback interface.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use relay::{Bound, Bounds, Config, Relay};
use stun_types::message::{Message, MessageWriteVec, Method, TransactionId};
use stun_types::prelude::*;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use turn_types::attribute::*;
use turn_types::message::*;

use super::message::{self, Login};

/// Longer than anything takes: a test that would hang fails instead.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// When a request over UDP is sent again.
const AGAIN: Duration = Duration::from_millis(500);

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

/// How the client reaches the relay.
pub enum Line {
    Udp(UdpSocket),
    Stream(Box<dyn Stream>, Vec<u8>),
}

pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Line {
    pub async fn send(&mut self, bytes: &[u8]) {
        match self {
            Self::Udp(socket) => assert_eq!(socket.send(bytes).await.unwrap(), bytes.len()),
            Self::Stream(stream, _) => {
                let mut padded = bytes.to_vec();
                padded.resize(bytes.len().next_multiple_of(4), 0);
                stream.write_all(&padded).await.unwrap();
                // Over TLS, what a busy task has written may still be on this side.
                stream.flush().await.unwrap();
            }
        }
    }

    /// One message, without its padding.
    pub async fn receive(&mut self) -> Vec<u8> {
        soon("a message", self.receive_at_last()).await
    }

    async fn receive_at_last(&mut self) -> Vec<u8> {
        match self {
            Self::Udp(socket) => {
                let mut buffer = vec![0; 65_536];
                let length = socket.recv(&mut buffer).await.unwrap();
                buffer.truncate(length);
                buffer
            }
            Self::Stream(stream, have) => loop {
                match relay::core::frame::next(have) {
                    relay::core::frame::Frame::Whole { length, padding } => {
                        let message = have[..length].to_vec();
                        have.drain(..length + padding);
                        return message;
                    }
                    relay::core::frame::Frame::Partial(_) => {
                        let mut buffer = [0; 16_384];
                        let length = stream.read(&mut buffer).await.unwrap();
                        assert_ne!(length, 0, "the relay closed the stream");
                        have.extend(&buffer[..length]);
                    }
                    relay::core::frame::Frame::Broken => panic!("the relay breaks the framing"),
                }
            },
        }
    }
}

/// A TURN client.
pub struct Guest {
    pub line: Line,
    pub login: Login,
    pub relayed: Option<SocketAddr>,
    pub mapped: Option<SocketAddr>,
    next_id: u128,
}

impl Guest {
    pub async fn udp(running: &Running, seat: &str) -> Self {
        let socket = UdpSocket::bind(SocketAddr::new(running.address.ip(), 0)).await.unwrap();
        socket.connect(running.address).await.unwrap();
        Self::over(running, Line::Udp(socket), seat)
    }

    pub async fn tcp(running: &Running, seat: &str) -> Self {
        let stream = TcpStream::connect(running.relay.tcp_addresses()[0]).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self::over(running, Line::Stream(Box::new(stream), Vec::new()), seat)
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
            line,
            login: Login {
                username,
                password,
                realm: String::new(),
                nonce: String::new(),
            },
            relayed: None,
            mapped: None,
            next_id: 1,
        }
    }

    /// Asks, and waits for the answer to that.
    pub async fn ask(&mut self, method: Method, fill: impl Fn(&mut MessageWriteVec, TransactionId)) -> Vec<u8> {
        loop {
            self.next_id += 1;
            let login = (!self.login.nonce.is_empty()).then_some(&self.login);
            let request = message::request(self.next_id, method, login, &fill);
            self.line.send(&request).await;
            let answer = loop {
                // A relay that waits for a seat says nothing to that, and is asked again.
                match tokio::time::timeout(AGAIN, self.line.receive()).await {
                    Ok(answer) => break answer,
                    Err(_) if matches!(self.line, Line::Udp(_)) => self.line.send(&request).await,
                    Err(_) => {}
                }
            };
            assert_eq!(
                Message::from_bytes(&answer).unwrap().transaction_id(),
                self.next_id.into()
            );
            let challenged = login.is_none() && message::code(&answer) == Some(401);
            if challenged || message::code(&answer) == Some(438) {
                (self.login.realm, self.login.nonce) = message::challenge(&answer);
                continue;
            }
            return answer;
        }
    }

    /// The code of the answer.
    pub async fn allocate(&mut self) -> Option<u16> {
        let answer = self
            .ask(ALLOCATE, |message, _| {
                message.add_attribute(&RequestedTransport::new(17)).unwrap();
            })
            .await;
        let code = message::code(&answer);
        if code.is_none() {
            let (relayed, mapped) = message::addresses(&answer);
            (self.relayed, self.mapped) = (Some(relayed), Some(mapped));
        }
        code
    }

    /// Its relayed address.
    pub fn at(&self) -> SocketAddr {
        self.relayed.unwrap()
    }

    pub async fn refresh(&mut self, seconds: u32) -> Option<u16> {
        let fill = |message: &mut MessageWriteVec, _| message.add_attribute(&Lifetime::new(seconds)).unwrap();
        message::code(&self.ask(REFRESH, fill).await)
    }

    pub async fn permit(&mut self, peer: SocketAddr) -> Option<u16> {
        let fill = |message: &mut MessageWriteVec, id| message.add_attribute(&XorPeerAddress::new(peer, id)).unwrap();
        message::code(&self.ask(CREATE_PERMISSION, fill).await)
    }

    pub async fn bind(&mut self, number: u16, peer: SocketAddr) -> Option<u16> {
        let fill = |message: &mut MessageWriteVec, id| {
            message.add_attribute(&ChannelNumber::new(number)).unwrap();
            message.add_attribute(&XorPeerAddress::new(peer, id)).unwrap();
        };
        message::code(&self.ask(CHANNEL_BIND, fill).await)
    }

    pub async fn send(&mut self, peer: SocketAddr, payload: &[u8]) {
        self.next_id += 1;
        let bytes = message::send_indication(self.next_id, peer, payload);
        self.line.send(&bytes).await;
    }

    pub async fn send_channel(&mut self, number: u16, payload: &[u8]) {
        self.line.send(&message::channel_data(number, payload)).await;
    }

    /// The next datagram of a peer, and how it came.
    pub async fn hear(&mut self) -> message::FromPeer {
        message::from_peer(&self.line.receive().await)
    }
}
