//! One participant of either system: with one socket to Parlour, or two to the reference.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use protocol::{ClientMessage, Encoding, PeerId, ServerMessage};
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::loopback::Loopback;
use crate::member;
use crate::socket_io;
use crate::websocket::{self, Socket};

/// How often the reference's client tells PeerServer that it is there.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// A server under load.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Server {
    /// Parlour's signaling server.
    Parlour(Loopback),
    /// Socket.IO, and the PeerServer beside it.
    Reference {
        /// Where Socket.IO listens.
        rooms: Loopback,
        /// Where PeerServer listens.
        peers: Loopback,
    },
}

impl Server {
    /// Sockets that one participant keeps open.
    pub(crate) fn sockets_per_seat(self) -> usize {
        match self {
            Self::Parlour(_) => 1,
            Self::Reference { .. } => 2,
        }
    }
}

/// A participant who has joined a room.
pub(crate) enum Seat {
    /// In a room of Parlour.
    Parlour {
        /// The one socket.
        socket: Box<Socket>,
        /// As the server calls it.
        id: PeerId,
    },
    /// In a room of the reference.
    Reference {
        /// To Socket.IO.
        rooms: Box<Socket>,
        /// To PeerServer.
        peers: Box<Socket>,
    },
}

impl Seat {
    /// Opens what sockets it takes and joins. In the reference nobody confirms a join: this returns when it is sent.
    /// There, the name is the peer id too (its page asks PeerServer for one first; that request is spared).
    pub(crate) async fn join(server: Server, room: &str, name: &str, nth: usize) -> Result<Self> {
        match server {
            Server::Parlour(server) => {
                let (socket, answer) = member::ask(server, nth, &member::join(room, name, None)).await?;
                match answer {
                    ServerMessage::Joined { you, .. } => Ok(Self::Parlour {
                        socket: Box::new(socket),
                        id: you.id,
                    }),
                    ServerMessage::Error { code, .. } => bail!("cannot join: {code}"),
                    _ => bail!("a join is answered by something else than `joined`"),
                }
            }
            Server::Reference { rooms, peers } => {
                let (mut rooms, peers) = tokio::try_join!(socket_io::open(rooms, nth), open_peer(peers, name, nth))?;
                websocket::send(&mut rooms, socket_io::event("join-room", &[room, name])).await?;
                Ok(Self::Reference {
                    rooms: Box::new(rooms),
                    peers: Box::new(peers),
                })
            }
        }
    }

    /// Leaves the room and closes.
    pub(crate) async fn leave(self) -> Result<()> {
        match self {
            Self::Parlour { mut socket, .. } => {
                let leave = Encoding::Postcard.encode_frame(&ClientMessage::Leave.into());
                websocket::send(&mut socket, Message::binary(leave)).await?;
                websocket::drain(*socket).await;
            }
            Self::Reference { rooms, peers } => {
                tokio::join!(websocket::close(*rooms), websocket::close(*peers));
            }
        }
        Ok(())
    }

    /// Sits there as an idle page does: answers pings, sends heartbeats, and tells of newcomers. Returns when the server
    /// closes.
    pub(crate) async fn idle(self, mut newcomer: impl FnMut(&str)) -> Result<()> {
        match self {
            Self::Parlour { mut socket, .. } => loop {
                let bytes = websocket::receive(&mut socket).await?;
                let frame = Encoding::Postcard.decode_frame(&bytes);
                if let Ok(ServerMessage::PeerJoined { peer }) = frame.map(|frame| frame.message) {
                    newcomer(peer.name.as_str());
                }
            },
            Self::Reference { mut rooms, mut peers } => {
                let mut heartbeat = interval(HEARTBEAT);
                heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
                loop {
                    tokio::select! {
                        packet = websocket::receive(&mut rooms) => {
                            let packet: Bytes = packet?;
                            if packet == socket_io::PING {
                                websocket::send(&mut rooms, Message::text(socket_io::PONG)).await?;
                            } else if let Some(name) = socket_io::argument_of(&packet, "user-connected") {
                                newcomer(&name);
                            }
                        }
                        message = websocket::receive(&mut peers) => drop(message?),
                        _ = heartbeat.tick() => {
                            websocket::send(&mut peers, Message::text(r#"{"type":"HEARTBEAT"}"#)).await?;
                        }
                    }
                }
            }
        }
    }
}

/// PeerServer's WebSocket, as PeerJS opens it.
pub(crate) async fn open_peer(server: Loopback, id: &str, nth: usize) -> Result<Socket> {
    let path = format!("/peerjs?key=peerjs&id={id}&token=t{id}&version=1.5.5");
    let mut socket = websocket::open(server, &path, None, nth).await?;
    let greeting = websocket::expect(&mut socket).await?;
    let greeting: serde_json::Value = serde_json::from_slice(&greeting).context("PeerServer speaks no JSON")?;
    ensure!(
        greeting["type"] == "OPEN",
        "PeerServer did not let a peer in: {greeting}"
    );
    Ok(socket)
}
