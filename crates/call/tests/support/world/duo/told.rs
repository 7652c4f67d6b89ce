//! What the server says, and what people and networks do.

use call::{ConnectionState, Input};
use protocol::{IceServer, Media, PeerId, PeerInfo, ServerMessage, Signal};

use super::{Duo, info};

impl Duo {
    /// Takes a seat, on a new socket.
    pub fn join(&mut self, side: usize, peers: Vec<PeerInfo>) {
        let (room, name) = ("room".into(), info(side).name.into());
        let media = Media::default();
        self.input(side, Input::Join { room, name, media });
        self.input(side, Input::SocketOpened);
        self.seated(side, peers, vec![]);
    }

    /// The server's `joined`.
    pub fn seated(&mut self, side: usize, peers: Vec<PeerInfo>, away: Vec<PeerId>) {
        let joined = ServerMessage::Joined {
            away,
            token: format!("token of {side}"),
            room: "room".parse().expect("a room's name"),
            you: info(side),
            peers,
            ice_servers: self.ice_servers(side),
            capacity: 8,
        };
        self.input(side, Input::Server(joined.into()));
    }

    /// The server's `resumed`.
    pub fn resumed(&mut self, side: usize, received: u64) {
        let resumed = ServerMessage::Resumed {
            token: format!("newer token of {side}"),
            ice_servers: self.ice_servers(side),
            received,
        };
        self.input(side, Input::Server(resumed.into()));
    }

    /// The server's `ice-servers`, with credentials that nobody had before.
    pub fn renew(&mut self, side: usize) {
        self.renewed[side] += 1;
        let ice_servers = self.ice_servers(side);
        self.input(side, Input::Server(ServerMessage::IceServers { ice_servers }.into()));
    }

    /// What the server says to this side at the moment.
    pub fn ice_servers(&self, side: usize) -> Vec<IceServer> {
        self.world.ice_servers(format!("{}:{side}", self.renewed[side]))
    }

    /// The server says that the other is away, or back.
    pub fn away(&mut self, side: usize, away: bool) {
        let other = 1 - side;
        let message = if away {
            ServerMessage::PeerAway { peer: info(other).id }
        } else {
            ServerMessage::PeerBack { peer: info(other) }
        };
        self.input(side, Input::Server(message.into()));
    }

    /// A signal that is said to come from the other.
    pub fn inject(&mut self, side: usize, signal: Signal) {
        let from = info(1 - side).id;
        self.input(side, Input::Server(ServerMessage::Signal { from, signal }.into()));
    }

    /// The person on this side asks for another try.
    pub fn retry(&mut self, side: usize) {
        let peer = info(1 - side).id;
        self.input(side, Input::Retry { peer });
    }

    /// This side's socket is lost; the other is not told yet.
    pub fn cut(&mut self, side: usize) {
        self.input(side, Input::SocketLost { code: None });
    }

    /// From now on no browser says that it will find no more candidates.
    pub fn never_ends(&mut self) {
        self.endless = true;
        let fakes = self.world.fakes.values_mut();
        fakes.for_each(|owned| owned.peer.never_ends = true);
    }

    /// The connection gets into this state, for whatever reason.
    pub fn state(&mut self, side: usize, state: ConnectionState) {
        let connection = self.connection(side);
        self.peer(side).force(state);
        self.input(side, Input::ConnectionState { connection, state });
    }
}
