//! The protocol in a world without sockets, where time passes when a test says so.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use relay::core::*;
use stun_types::message::{MessageWriteVec, Method, TransactionId};
use stun_types::prelude::*;
use turn_types::attribute::*;
use turn_types::message::*;

use super::message::{self, Login};

/// The address of every allocation.
pub const RELAYED: &str = "192.0.2.1";

/// What is kept with an allocation, of which the world keeps a clone.
#[derive(Clone, Default)]
pub struct FakeBack(Arc<()>);

impl FakeBack {
    /// Whether its allocation has let go of it.
    pub fn is_closed(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

/// What came of something that a client sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Nothing,
    /// No answer yet.
    Wait,
    Answer(Vec<u8>),
    /// To a client of the same relay.
    Delivered(Client, Vec<u8>),
}

impl Outcome {
    /// The bytes of an answer.
    pub fn answer(self) -> Vec<u8> {
        match self {
            Self::Answer(bytes) => bytes,
            other => panic!("no answer but {other:?}"),
        }
    }

    /// What this one got of it; nobody else may have got anything.
    pub fn heard_by(self, receiver: &Caller) -> Option<message::FromPeer> {
        match self {
            Self::Nothing => None,
            Self::Delivered(to, bytes) if to == receiver.client => Some(message::from_peer(&bytes)),
            other => panic!("not for the receiver: {other:?}"),
        }
    }
}

pub struct World {
    pub server: Server<FakeBack>,
    pub credentials: Arc<Credentials>,
    pub now: Duration,
    pub backs: Vec<FakeBack>,
    seated: BTreeSet<String>,
    next_id: u128,
}

const fn bound(allocations: usize) -> Bound {
    Bound {
        allocations,
        bandwidth: None,
    }
}

pub fn settings() -> Settings {
    Settings {
        realm: "parlour".into(),
        bounds: Bounds {
            seat: bound(3),
            prober: bound(2),
            probers: bound(3),
            room: bound(9),
            address: bound(5),
            server: bound(7),
        },
        channels: 3,
        recovery: Duration::ZERO,
        strangers: Bandwidth {
            per_second: 1_000,
            burst: 10_000,
        },
    }
}

impl Default for World {
    fn default() -> Self {
        Self::with(|_| {})
    }
}

impl World {
    pub fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings();
        change(&mut settings);
        let credentials = Arc::new(Credentials::new(b"secret of the tests"));
        let now = Duration::from_secs(1_800_000_000);
        Self {
            server: Server::new(settings, Arc::clone(&credentials), b"secret of the tests", now),
            credentials,
            now,
            backs: Vec::new(),
            seated: BTreeSet::new(),
            next_id: 1,
        }
    }

    pub fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    pub fn id(&mut self) -> u128 {
        self.next_id += 1;
        self.next_id
    }

    /// A client sends bytes.
    pub fn send(&mut self, client: Client, bytes: &[u8]) -> Outcome {
        match self.server.handle(self.now, client, bytes) {
            Action::None => Outcome::Nothing,
            Action::Answer(bytes) => Outcome::Answer(bytes),
            Action::Relay { to, from, payload } => {
                let mut bytes = Vec::new();
                let passes = self.server.handle_peer(self.now, &to, from, payload, &mut bytes);
                assert!(passes || bytes.is_empty(), "what is not passed on is not written");
                match passes {
                    true => Outcome::Delivered(to.client(), bytes),
                    false => Outcome::Nothing,
                }
            }
            Action::Wait => Outcome::Wait,
            Action::Open(opening) => {
                let back = FakeBack::default();
                self.backs.push(back.clone());
                // Any numbers do, as long as they differ.
                let seed = (self.id() * 0x9e37_79b9_7f4a_7c15) << 64;
                Outcome::Answer(self.server.open(self.now, *opening, back, seed))
            }
        }
    }

    /// Somebody sits in a room.
    pub fn sit(&self, seat: &str, room: u64) {
        self.server.sit(self.now, seat, room);
    }

    /// A seat ends.
    pub fn end(&self, seat: &str) {
        self.server.end(self.now, seat);
    }
}

/// One client and what it knows.
#[derive(Clone)]
pub struct Caller {
    pub client: Client,
    pub login: Login,
    relayed: Option<SocketAddr>,
}

impl Caller {
    /// In room 1, with a login and a nonce, and no allocation.
    pub fn new(world: &mut World, address: &str, seat: &str) -> Self {
        Self::over(world, address, seat, Transport::Udp)
    }

    pub fn over(world: &mut World, address: &str, seat: &str, transport: Transport) -> Self {
        if world.seated.insert(seat.to_owned()) {
            world.sit(seat, 1);
        }
        Self::unseated(world, address, seat, transport)
    }

    /// The same in another room.
    pub fn in_room(world: &mut World, room: u64, address: &str, seat: &str) -> Self {
        world.seated.insert(seat.to_owned());
        world.sit(seat, room);
        Self::unseated(world, address, seat, Transport::Udp)
    }

    /// Somebody who has no seat, without an allocation.
    pub fn prober(world: &mut World, address: &str, name: &str) -> Self {
        if world.seated.insert(name.to_owned()) {
            world.server.probe(world.now, name);
        }
        Self::unseated(world, address, name, Transport::Udp)
    }

    /// With a good login of a seat of which the relay has not been told.
    pub fn unseated(world: &mut World, address: &str, name: &str, transport: Transport) -> Self {
        let issued = world.credentials.issue(name).unwrap();
        Self::with(world, address, issued, transport)
    }

    fn with(world: &mut World, address: &str, issued: Issued, transport: Transport) -> Self {
        let client = Client::new(address.parse().unwrap(), "20.1.2.3:3478".parse().unwrap(), transport);
        let asked = message::request(1, ALLOCATE, None, |_, _| {});
        let (realm, nonce) = message::challenge(&world.send(client, &asked).answer());
        Self {
            client,
            login: Login {
                username: issued.username,
                password: issued.password,
                realm,
                nonce,
            },
            relayed: None,
        }
    }

    /// With an allocation.
    pub fn allocated(world: &mut World, address: &str, seat: &str) -> Self {
        let mut caller = Self::new(world, address, seat);
        assert_eq!(message::code(&caller.allocate(world)), None);
        caller
    }

    /// Fetches a fresh nonce.
    pub fn renew(&mut self, world: &mut World) {
        let asked = message::request(1, REFRESH, None, |_, _| {});
        self.login.nonce = message::challenge(&world.send(self.client, &asked).answer()).1;
    }

    pub fn ask(
        &self,
        world: &mut World,
        method: Method,
        fill: impl FnOnce(&mut MessageWriteVec, TransactionId),
    ) -> Vec<u8> {
        let id = world.id();
        let bytes = message::request(id, method, Some(&self.login), fill);
        world.send(self.client, &bytes).answer()
    }

    pub fn allocate_with(&mut self, world: &mut World, fill: impl FnOnce(&mut MessageWriteVec)) -> Vec<u8> {
        let answer = self.ask(world, ALLOCATE, |message, _| {
            message.add_attribute(&RequestedTransport::new(17)).unwrap();
            fill(message);
        });
        if message::code(&answer).is_none() {
            self.relayed = Some(message::addresses(&answer).0);
        }
        answer
    }

    pub fn allocate(&mut self, world: &mut World) -> Vec<u8> {
        self.allocate_with(world, |_| {})
    }

    pub fn relayed(&self) -> SocketAddr {
        self.relayed.unwrap()
    }

    /// The same as a text.
    pub fn at(&self) -> String {
        self.relayed().to_string()
    }

    pub fn refresh(&self, world: &mut World, seconds: Option<u32>) -> Vec<u8> {
        self.ask(world, REFRESH, |message, _| {
            if let Some(seconds) = seconds {
                message.add_attribute(&Lifetime::new(seconds)).unwrap();
            }
        })
    }

    /// The code of the answer.
    pub fn permit(&self, world: &mut World, peers: &[&str]) -> Option<u16> {
        message::code(&self.ask(world, CREATE_PERMISSION, |message, id| {
            for peer in peers {
                let peer = peer
                    .parse::<IpAddr>()
                    .map_or_else(|_| peer.parse().unwrap(), |ip| SocketAddr::new(ip, 9));
                message.add_attribute(&XorPeerAddress::new(peer, id)).unwrap();
            }
        }))
    }

    /// The code of the answer.
    pub fn bind(&self, world: &mut World, number: u16, peer: &str) -> Option<u16> {
        message::code(&self.ask(world, CHANNEL_BIND, |message, id| {
            message.add_attribute(&ChannelNumber::new(number)).unwrap();
            message
                .add_attribute(&XorPeerAddress::new(peer.parse().unwrap(), id))
                .unwrap();
        }))
    }

    pub fn send(&self, world: &mut World, peer: &str, payload: &[u8]) -> Outcome {
        let id = world.id();
        let bytes = message::send_indication(id, peer.parse().unwrap(), payload);
        world.send(self.client, &bytes)
    }

    pub fn send_channel(&self, world: &mut World, number: u16, payload: &[u8]) -> Outcome {
        world.send(self.client, &message::channel_data(number, payload))
    }
}
