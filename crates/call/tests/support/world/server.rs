//! The sockets, and the server behind them: its real rooms, without its IO.

use std::time::Duration;

use call::Input;
use protocol::{ClientMessage, ErrorCode, LeaveReason, RoomId, ServerMessage, Signal};
use signaling::Delivery;

use super::{Event, Fault, NAMES, Socket, World};
use crate::support::page::Page;
use crate::support::{peer_id, trace};

impl World {
    /// A page that is gone has closed its socket: nothing more arrives there, and the server notices soon. What the page
    /// sent before still arrives.
    pub(super) fn close_page_socket(&mut self, gone: &Page) {
        if let Some(socket) = gone.socket
            && let Some(state) = self.sockets.get(&socket)
        {
            let at = state.to_server.max(self.now) + Duration::from_micros(1);
            self.schedule(
                at,
                Event::ServerNotices {
                    socket,
                    reason: LeaveReason::Left,
                },
            );
        }
    }

    pub(super) fn reconnect(&mut self, page: usize, after: Duration) {
        self.sockets_made += 1;
        let socket = self.sockets_made;
        if let Some(page) = &mut self.pages[page] {
            page.socket = Some(socket);
        }
        self.sockets.insert(
            socket,
            Socket {
                page,
                alive: true,
                to_server: Duration::ZERO,
                to_client: Duration::ZERO,
            },
        );
        self.schedule(self.now + after, Event::Connect { page, socket });
    }

    pub(super) fn connect(&mut self, page: usize, socket: u32) -> Result<(), String> {
        if self.pages[page].as_ref().is_some_and(|p| p.socket == Some(socket)) {
            let join = ClientMessage::Join {
                resume: None,
                room: "room".into(),
                name: NAMES[page].into(),
                media: Default::default(),
            };
            self.send_to_server(socket, join);
        }
        Ok(())
    }

    pub(super) fn socket_lost(&mut self, socket: u32) -> Result<(), String> {
        let page = self.sockets[&socket].page;
        if self.pages[page].as_ref().is_none_or(|p| p.socket != Some(socket)) {
            return Ok(());
        }
        self.handle(page, Input::SocketLost { code: None })?;
        let random = self.rng.u32(..);
        let state = self.pages[page].as_mut().expect("looked at above");
        state.seat = None;
        let wait = state.backoff.next_wait(random);
        self.reconnect(page, wait);
        Ok(())
    }

    pub(super) fn send_to_server(&mut self, socket: u32, message: ClientMessage) {
        let at = self.wire_delay();
        if let Some(state) = self.sockets.get_mut(&socket).filter(|s| s.alive) {
            state.to_server = at.max(state.to_server + Duration::from_micros(1));
            let at = state.to_server;
            self.schedule(at, Event::ToServer { socket, message });
        }
    }

    pub(super) fn serve(&mut self, socket: u32, message: ClientMessage) {
        let seat = self.seats.iter().find(|(_, s)| **s == socket).map(|(peer, _)| *peer);
        let deliveries = match (message, seat) {
            (ClientMessage::Join { name, media, .. }, None) => {
                let peer = peer_id(socket);
                self.seats.insert(peer, socket);
                let room: RoomId = "room".parse().expect("a room's name");
                self.rooms
                    .join(peer, room, name.parse().expect("a name"), media, Vec::new())
            }
            (ClientMessage::Signal { to, signal }, Some(from)) => self.rooms.relay(from, to, signal).map(|d| vec![d]),
            (ClientMessage::Leave, Some(_)) => {
                self.seat_given_up(socket, LeaveReason::Left);
                Ok(Vec::new())
            }
            _ => Err(ErrorCode::NotJoined),
        };
        match deliveries {
            Ok(deliveries) => self.deliver(deliveries),
            Err(code) => {
                let message = ServerMessage::Error {
                    code,
                    message: code.sentence().into(),
                    peer: None,
                };
                self.send_to_client(socket, message);
            }
        }
    }

    pub(super) fn seat_given_up(&mut self, socket: u32, reason: LeaveReason) {
        if let Some(state) = self.sockets.get_mut(&socket) {
            state.alive = false;
        }
        let seat = self.seats.iter().find(|(_, s)| **s == socket).map(|(peer, _)| *peer);
        if let Some(peer) = seat {
            self.seats.remove(&peer);
            let deliveries = self.rooms.leave(peer, reason);
            self.deliver(deliveries);
        }
    }

    pub(super) fn deliver(&mut self, deliveries: Vec<Delivery>) {
        for Delivery { to, message } in deliveries {
            for peer in to {
                if let Some(&socket) = self.seats.get(&peer) {
                    self.send_to_client(socket, message.clone());
                }
            }
        }
    }

    pub(super) fn send_to_client(&mut self, socket: u32, message: ServerMessage) {
        let is_description = matches!(
            message,
            ServerMessage::Signal {
                signal: Signal::Description(_),
                ..
            }
        );
        let is_left = matches!(message, ServerMessage::PeerLeft { .. });
        if (self.fault == Fault::LoseDescription && is_description) || (self.fault == Fault::LosePeerLeft && is_left) {
            self.fault = Fault::None;
            let page = self.sockets[&socket].page;
            self.note(page, || format!("LOST ON THE WAY: {}", trace::server_message(&message)));
            return;
        }
        let at = self.wire_delay();
        if let Some(state) = self.sockets.get_mut(&socket).filter(|s| s.alive) {
            state.to_client = at.max(state.to_client + Duration::from_micros(1));
            let at = state.to_client;
            self.schedule(at, Event::ToClient { socket, message });
        }
    }
}
