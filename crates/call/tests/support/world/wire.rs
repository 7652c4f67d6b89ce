//! The sockets: slow, cut in one direction or both, stalled, and not always noticed to be dead.

use std::time::Duration;

use call::Input;
use protocol::{ClientMessage, CloseCode, Numbered, PeerId, ServerMessage};
use signaling::Backlog;

use super::{Event, Fault, World};
use crate::support::trace;

/// Something that the server says, and in which of its logs it stands.
#[derive(Clone, Debug)]
pub struct Said {
    pub message: ServerMessage,
    pub log: usize,
    /// Written when it goes out.
    pub number: u64,
}

impl Said {
    pub fn new(message: ServerMessage, log: usize) -> Self {
        let number = 0;
        Self { message, log, number }
    }
}

/// What comes down a socket.
#[derive(Clone, Debug)]
pub enum Down {
    Said(Said),
    /// Answered by the browser itself. With the number of counted messages that went out before it.
    Ping(u64),
    Closed(Option<CloseCode>),
}

/// Why the server is done with a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The client left, or closed.
    Left,
    /// It closed because something failed, or the connection broke.
    Lost,
    Refused(CloseCode),
    TakenOver,
}

#[derive(Debug)]
pub struct Socket {
    /// `None` where it is nobody's page.
    pub page: Option<usize>,
    /// Which of the pages that were opened there.
    pub instance: u32,
    /// The server at the other end.
    pub process: u32,
    /// Which directions still work.
    pub up: bool,
    pub down: bool,
    /// When the last message on its way arrives.
    pub to_server: Duration,
    pub to_client: Duration,
    /// What the server keeps for it.
    pub outbox: Backlog<Said>,
    pub seat: Option<PeerId>,
    pub ended: bool,
    pub stalled: bool,
    pub pinging: bool,
}

impl World {
    pub(super) fn new_socket(&mut self, page: Option<usize>) -> u32 {
        self.sockets_made += 1;
        let opened = page.and_then(|page| self.pages[page].as_ref());
        let socket = Socket {
            page,
            instance: opened.map_or(0, |page| page.instance),
            process: 0,
            up: true,
            down: true,
            to_server: Duration::ZERO,
            to_client: Duration::ZERO,
            outbox: Backlog::new(),
            seat: None,
            ended: false,
            stalled: false,
            pinging: false,
        };
        self.sockets.insert(self.sockets_made, socket);
        self.sockets_made
    }

    /// The page opens another socket, after a while.
    pub(super) fn reconnect(&mut self, page: usize, at: Duration) {
        let socket = self.new_socket(Some(page));
        if let Some(page) = &mut self.pages[page] {
            page.socket = Some(socket);
        }
        self.schedule(at, Event::Connect { page, socket });
    }

    pub(super) fn connect(&mut self, page: usize, socket: u32) -> Result<(), String> {
        let Some(state) = self.pages[page].as_ref().filter(|p| p.socket == Some(socket)) else {
            return Ok(());
        };
        let offline = state.offline > self.now;
        let Some(server) = self.server.as_ref().filter(|_| !offline) else {
            return self.socket_lost(socket, None);
        };
        self.sockets.get_mut(&socket).expect("it was made").process = server.process;
        self.handle(page, Input::SocketOpened)
    }

    /// The page learns that its socket is gone.
    pub(super) fn socket_lost(&mut self, socket: u32, code: Option<CloseCode>) -> Result<(), String> {
        let Some(page) = self.sockets.get(&socket).and_then(|socket| socket.page) else {
            return Ok(());
        };
        if self.pages[page].as_ref().is_none_or(|p| p.socket != Some(socket)) {
            return Ok(());
        }
        let code = code.map(CloseCode::code);
        self.handle(page, Input::SocketLost { code })?;
        let random = self.rng.u32(..);
        if let Some(state) = self.pages[page].as_mut() {
            let urgent = state.call.is_urgent(self.now);
            let told = if urgent { Duration::ZERO } else { state.stay_away };
            let at = (self.now + state.backoff.next_wait(random, urgent)).max(told);
            self.reconnect(page, at);
        }
        Ok(())
    }

    fn wire_delay(&mut self) -> Duration {
        let slow = self.rng.u32(0..50) == 0;
        self.soon(if slow { 3_000 } else { 200 })
    }

    /// On its way to the server, behind everything that is.
    pub(super) fn upwards(&mut self, socket: u32, event: Event) {
        let at = self.wire_delay();
        if let Some(state) = self.sockets.get_mut(&socket) {
            state.to_server = at.max(state.to_server + Duration::from_micros(1));
            let at = state.to_server;
            self.schedule(at, event);
        }
    }

    pub(super) fn send_to_server(&mut self, socket: u32, message: ClientMessage) {
        if self.fault == Fault::LoseSaid && message.is_counted() {
            self.fault = Fault::None;
            self.note_of("wire", || format!("LOST: {}", trace::client_message(&message)));
            return;
        }
        self.upwards(socket, Event::ToServer { socket, message });
    }

    /// On its way to the client, behind everything that is.
    pub(super) fn downwards(&mut self, socket: u32, down: &Down) {
        let is_counted = matches!(down, Down::Said(said) if said.message.is_counted());
        if self.fault == Fault::LoseCounted && is_counted {
            self.fault = Fault::None;
            self.note_of("wire", || format!("LOST: {}", describe(down)));
            return;
        }
        let times = if self.fault == Fault::DeliverTwice && is_counted {
            self.fault = Fault::None;
            self.note_of("wire", || format!("TWICE: {}", describe(down)));
            2
        } else {
            1
        };
        for _ in 0..times {
            let at = self.wire_delay();
            if let Some(state) = self.sockets.get_mut(&socket) {
                state.to_client = at.max(state.to_client + Duration::from_micros(1));
                let (at, down) = (state.to_client, down.clone());
                self.schedule(at, Event::ToClient { socket, down });
            }
        }
    }

    /// Something has come down a socket.
    pub(super) fn arrive(&mut self, socket: u32, down: Down) -> Result<(), String> {
        let Some(state) = self.sockets.get(&socket).filter(|state| state.down) else {
            return Ok(());
        };
        let page = state.page.filter(|page| {
            let page = self.pages[*page].as_ref();
            page.is_some_and(|page| page.socket == Some(socket))
        });
        match (down, page) {
            (Down::Ping(count), _) => {
                self.upwards(socket, Event::Pong { socket, count });
                Ok(())
            }
            (_, None) => Ok(()),
            (Down::Closed(code), Some(_)) => self.socket_lost(socket, code),
            (Down::Said(said), Some(page)) => {
                self.read(page, &said)?;
                let Said { message, number, .. } = said;
                self.handle(page, Input::Server(Numbered { number, message }))
            }
        }
    }

    /// A page is done with its socket: what it has said still arrives, then that it is closed.
    pub(super) fn close_socket(&mut self, socket: u32, end: End) {
        if self.sockets[&socket].up {
            self.upwards(socket, Event::ServerNotices { socket, end });
        }
    }

    /// Both directions or one are dead from now on, and what is on its way is lost. The page may never notice by itself;
    /// the server does in the end.
    pub(super) fn cut(&mut self, socket: u32) {
        let which = self.rng.u32(0..8);
        let client = match self.rng.u32(0..4) {
            0..=1 => Some(self.soon(3_000)),
            2 => Some(self.soon(20_000)),
            _ => None,
        };
        let silence = if self.rng.bool() { 10_000 } else { 45_000 };
        let server = self.soon(silence);
        let Some(state) = self.sockets.get_mut(&socket) else {
            return;
        };
        (state.up, state.down) = (state.up && which == 0, state.down && which == 1);
        let is_half = state.up || state.down;
        if let Some(at) = client.filter(|_| !is_half) {
            self.schedule(at, Event::ClientNotices { socket });
        }
        if which != 0 {
            let end = End::Refused(CloseCode::Silent);
            self.schedule(server, Event::ServerNotices { socket, end });
        }
        self.not_quiet_before(server);
    }
}

fn describe(down: &Down) -> String {
    match down {
        Down::Said(said) => trace::server_message(&said.message),
        Down::Ping(count) => format!("ping {count}"),
        Down::Closed(_) => "close".into(),
    }
}
