//! One page of the simulation: a [`Call`], what it shows and what it has open. Keeps the books that the checks read.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use call::quality::{Encoding, QualitySettings, ShownSize};
use call::{Backoff, Call, ConnectionId, Effect, Person, Reach, ShownReaction, Source};
use protocol::{ClientMessage, IceServer, Media, Numbered, PeerId, PeerInfo};

/// A tile on the screen.
#[derive(Debug)]
pub struct Tile {
    pub info: PeerInfo,
    pub reach: Reach,
    pub away: bool,
}

#[derive(Debug)]
pub struct Page {
    pub call: Call,
    pub backoff: Backoff,
    /// Which of all pages that were opened.
    pub instance: u32,
    /// What the person sends.
    pub media: Media,
    /// The seat that the page thinks it has, and what takes it back.
    pub seat: Option<PeerId>,
    /// The one before the newest `joined`.
    pub seat_before: Option<PeerId>,
    pub token: String,
    /// Those that the server told last.
    pub ice_servers: Vec<IceServer>,
    /// The socket in use, alive or not.
    pub socket: Option<u32>,
    /// The server has asked to be left alone until then.
    pub stay_away: Duration,
    /// No socket can be opened before then.
    pub offline: Duration,
    /// Nothing is handled before then.
    pub frozen: Duration,
    /// Which fake connection each of the call's is.
    pub connections: BTreeMap<ConnectionId, u32>,
    pub used_ids: BTreeSet<ConnectionId>,
    pub tiles: BTreeMap<PeerId, Tile>,
    pub tick_at: Option<Duration>,
    /// Everything that the call ever asked for, where a test drives by hand, but for sizes and data channels.
    pub effects: Vec<Effect>,
    /// How each picture and sound was to be encoded last.
    pub encoded: BTreeMap<(PeerId, Source), Encoding>,
    /// In which size each camera was shown last.
    pub shown: BTreeMap<PeerId, Option<ShownSize>>,
    /// Whose hands are up, and what is shown of reactions.
    pub hands: Vec<Person>,
    pub reactions: Vec<ShownReaction>,
    /// Lines that were said to be new.
    pub new_lines: usize,
    /// Which of the server's logs is being read, and how far it has been read.
    pub log: usize,
    pub heard: usize,
    /// Counted messages of our own since the newest `joined`, as the server should get them.
    pub said: Vec<ClientMessage>,
    /// Those that the server has not got and that are to be said again first.
    pub again: Vec<ClientMessage>,
}

impl Page {
    /// A page that was just opened. `seed` is another one for each.
    pub fn new(seed: u64, instance: u32) -> Self {
        Self {
            call: Call::new(seed, QualitySettings::default()),
            backoff: Backoff::default(),
            instance,
            media: Media::default(),
            seat: None,
            seat_before: None,
            token: String::new(),
            ice_servers: Vec::new(),
            socket: None,
            stay_away: Duration::ZERO,
            offline: Duration::ZERO,
            frozen: Duration::ZERO,
            connections: BTreeMap::new(),
            used_ids: BTreeSet::new(),
            tiles: BTreeMap::new(),
            tick_at: None,
            effects: Vec::new(),
            encoded: BTreeMap::new(),
            shown: BTreeMap::new(),
            hands: Vec::new(),
            reactions: Vec::new(),
            new_lines: 0,
            log: 0,
            heard: 0,
            said: Vec::new(),
            again: Vec::new(),
        }
    }

    /// Books an effect.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn book(&mut self, effect: &Effect) -> Result<(), String> {
        match effect {
            Effect::Send(frame) if frame.message.is_counted() => return self.say(frame),
            Effect::Send(_)
            | Effect::Reconnect
            | Effect::Seated { .. }
            | Effect::Refused { .. }
            | Effect::TakenOver
            | Effect::Problem { .. }
            | Effect::ResizeCamera(_)
            | Effect::File(_)
            | Effect::Measure => {}
            Effect::UseIceServers(ice_servers) => {
                if *ice_servers != self.ice_servers {
                    return Err("uses other ICE servers than the server said".into());
                }
            }
            Effect::Open {
                connection,
                peer,
                ice_servers,
                ..
            } => {
                if *ice_servers != self.ice_servers {
                    return Err(format!("c{} is opened with ICE servers of before", connection.0));
                }
                if !self.used_ids.insert(*connection) {
                    return Err(format!("c{} opened twice", connection.0));
                }
                if !self.tiles.contains_key(peer) {
                    return Err("a connection to somebody without a tile".into());
                }
                self.encoded.retain(|(of, _), _| of != peer);
            }
            Effect::Operate { connection, .. }
            | Effect::RestartIce { connection }
            | Effect::SendOnChannel { connection, .. }
            | Effect::CloseChannels { connection, .. }
            | Effect::Close { connection } => {
                if !self.connections.contains_key(connection) {
                    return Err(format!("c{} used although it is not open", connection.0));
                }
            }
            Effect::PeerAdded(peer) => {
                let tile = Tile {
                    info: peer.clone(),
                    reach: Reach::Connecting,
                    away: false,
                };
                if self.tiles.insert(peer.id, tile).is_some() {
                    return Err("two tiles for one peer".into());
                }
            }
            Effect::Stats { peer, .. } => drop(self.tile(*peer)?),
            Effect::PeerChanged(peer) => self.tile(peer.id)?.info = peer.clone(),
            Effect::Encode { peer, source, encoding } => {
                self.tile(*peer)?;
                if self.encoded.insert((*peer, *source), *encoding) == Some(*encoding) {
                    return Err(format!("{source:?} was encoded like that already"));
                }
            }
            Effect::PeerRemoved(peer) => {
                self.encoded.retain(|(of, _), _| of != peer);
                self.shown.remove(peer);
                if self.tiles.remove(peer).is_none() {
                    return Err("a tile removed that is not there".into());
                }
            }
            Effect::ChatChanged { new } => self.new_lines += new,
            Effect::Hands(hands) => {
                if std::mem::replace(&mut self.hands, hands.clone()) == *hands {
                    return Err("these hands were up already".into());
                }
            }
            Effect::Reactions(reactions) => {
                if std::mem::replace(&mut self.reactions, reactions.clone()) == *reactions {
                    return Err("these reactions were shown already".into());
                }
            }
            // Nobody shares a screen here.
            Effect::Pointers(_) => return Err("something is pointed at".into()),
            Effect::Away { peer, away } => {
                if std::mem::replace(&mut self.tile(*peer)?.away, *away) == *away {
                    return Err(format!("away was {away} already"));
                }
            }
            Effect::Reach { peer, reach } => {
                if std::mem::replace(&mut self.tile(*peer)?.reach, *reach) == *reach {
                    return Err(format!("the reach was {reach:?} already"));
                }
            }
        }
        Ok(())
    }

    fn tile(&mut self, peer: PeerId) -> Result<&mut Tile, String> {
        self.tiles
            .get_mut(&peer)
            .ok_or_else(|| "something about somebody without a tile".into())
    }

    /// Something counted is said: what has to be said again comes first, all of it, in order.
    fn say(&mut self, frame: &Numbered<ClientMessage>) -> Result<(), String> {
        let message = &frame.message;
        if !self.again.is_empty() && self.again.remove(0) != *message {
            return Err("what was lost is not sent again in order".into());
        }
        self.said.push(message.clone());
        match frame.number == self.said.len() as u64 {
            true => Ok(()),
            false => Err(format!("number {} is said as the {}th", frame.number, self.said.len())),
        }
    }

    /// The server has got so many; the rest was lost.
    pub fn resumed(&mut self, received: usize) {
        let lost = self.said.split_off(received.min(self.said.len()));
        self.again = lost
            .into_iter()
            .filter(|message| !matches!(message, ClientMessage::Update { .. }))
            .collect();
    }
}
