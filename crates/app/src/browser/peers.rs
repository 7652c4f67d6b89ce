//! The others in the room: for each one a tile and the connection behind it.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use call::quality::{Encoding, ShownSize};
use call::{ConnectionId, Reach, Source};
use leptos::prelude::*;
use protocol::{PeerId, PeerInfo};
use wasm_bindgen::prelude::*;
use web_sys::MediaStreamTrack;

use super::connection::{Common, Connection, Setup, Tell};
use super::stream::Stream;
use super::view::View;
use crate::state::{Loudness, PeerTile};
use crate::texts::texts;

/// Everybody, in the order in which they joined.
pub(super) struct Peers {
    shown: RwSignal<Vec<PeerTile>>,
    view: View,
    /// Tiles' owners are its children.
    owner: Owner,
    common: OnceCell<Option<Rc<Common>>>,
    /// Eight people at most: few enough to be looked through.
    peers: RefCell<Vec<Peer>>,
    tiles_made: Cell<u32>,
    /// The volumes that were chosen for people who have left: of their voice and of their screen. By name, because a page that was reloaded has
    /// another id.
    chosen: RefCell<BTreeMap<String, [Loudness; 2]>>,
}

struct Peer {
    tile: PeerTile,
    /// Disposes of the tile's signals.
    owner: Owner,
    connection: Option<(ConnectionId, Rc<Connection>)>,
    /// In which size their camera and their screen are shown, on the page and in its small window.
    shown: Shown,
    shown_small: Shown,
    /// It was connected, and is not at the moment.
    interrupted: bool,
}

#[derive(Default)]
struct Shown {
    camera: Option<ShownSize>,
    screen: Option<ShownSize>,
}

impl Shown {
    fn of(&self, source: Source) -> Option<ShownSize> {
        match source {
            Source::Screen | Source::ScreenAudio => self.screen,
            Source::Camera | Source::Microphone => self.camera,
        }
    }

    fn of_mut(&mut self, source: Source) -> &mut Option<ShownSize> {
        match source {
            Source::Screen | Source::ScreenAudio => &mut self.screen,
            Source::Camera | Source::Microphone => &mut self.camera,
        }
    }
}

impl Peers {
    pub(super) fn new(shown: RwSignal<Vec<PeerTile>>, view: View) -> Self {
        Self {
            shown,
            view,
            owner: Owner::current().unwrap_or_default(),
            common: OnceCell::new(),
            peers: RefCell::default(),
            tiles_made: Cell::new(0),
            chosen: RefCell::default(),
        }
    }

    /// What all connections have in common. `None` where the browser makes no connections: those that are asked for fail.
    pub(super) fn set_common(&self, common: Option<Common>) {
        let _ = self.common.set(common.map(Rc::new));
    }

    /// Whether that has been set.
    pub(super) fn is_ready(&self) -> bool {
        self.common.get().is_some()
    }

    /// Whether the browser makes no connections at all.
    pub(super) fn cannot_connect(&self) -> bool {
        self.common.get().is_some_and(Option::is_none)
    }

    /// Somebody is in the room.
    pub(super) fn add(&self, info: &PeerInfo) {
        let number = self.tiles_made.get();
        self.tiles_made.set(number.wrapping_add(1));
        let owner = self.owner.with(Owner::new);
        let tile = owner.with(|| PeerTile::new(number, info));
        if let Some([voice, screen]) = self.chosen.borrow_mut().remove(info.name.as_str()) {
            tile.volume.choose(voice);
            tile.screen_volume.choose(screen);
        }
        self.peers.borrow_mut().push(Peer {
            tile,
            owner,
            connection: None,
            shown: Shown::default(),
            shown_small: Shown::default(),
            interrupted: false,
        });
        let shown = self.shown;
        self.view.later(move || shown.update(|tiles| tiles.push(tile)));
    }

    /// Somebody is gone.
    pub(super) fn remove(&self, id: PeerId) {
        let gone = {
            let mut peers = self.peers.borrow_mut();
            let place = peers.iter().position(|peer| peer.tile.id == id);
            place.map(|place| peers.remove(place))
        };
        let Some(Peer { tile, owner, .. }) = gone else {
            return;
        };
        let chosen = [tile.volume, tile.screen_volume].map(|volume| volume.chosen());
        let name = tile.name.get_untracked();
        // Who has no name may be anybody the next time.
        if chosen != [Loudness::FULL; 2] && name != texts().people.guest {
            self.chosen.borrow_mut().insert(name, chosen);
        }
        let (shown, view) = (self.shown, self.view.clone());
        self.view.later(move || {
            shown.update(|tiles| tiles.retain(|of| of.number != tile.number));
            // The tile still reads its signals until it has been taken out.
            view.later(move || owner.cleanup());
        });
    }

    /// Somebody's tile.
    pub(super) fn tile(&self, id: PeerId) -> Option<PeerTile> {
        let peers = self.peers.borrow();
        peers.iter().find(|peer| peer.tile.id == id).map(|peer| peer.tile)
    }

    /// Everybody's tile.
    pub(super) fn tiles(&self) -> Vec<PeerTile> {
        self.peers.borrow().iter().map(|peer| peer.tile).collect()
    }

    /// Opens the connection to somebody.
    pub(super) fn open(&self, peer: PeerId, setup: &Setup<'_>, tell: Tell) -> Result<Rc<Connection>, JsValue> {
        let common = self.common.get().cloned().flatten().ok_or(JsValue::UNDEFINED)?;
        let connection = Rc::new(Connection::open(setup, common, tell)?);
        let mut peers = self.peers.borrow_mut();
        if let Some(of) = peers.iter_mut().find(|of| of.tile.id == peer) {
            of.connection = Some((setup.id, Rc::clone(&connection)));
        }
        Ok(connection)
    }

    /// Closes a connection.
    pub(super) fn close(&self, id: ConnectionId) {
        let closed = {
            let mut peers = self.peers.borrow_mut();
            let of = peers.iter_mut().find(|peer| peer.has(id));
            of.and_then(|peer| peer.connection.take())
        };
        if let Some((_, connection)) = closed {
            connection.close();
        }
    }

    /// A connection and whose it is.
    pub(super) fn connection(&self, id: ConnectionId) -> Option<(PeerId, Rc<Connection>)> {
        let peers = self.peers.borrow();
        let peer = peers.iter().find(|peer| peer.has(id))?;
        let (_, connection) = peer.connection.as_ref()?;
        Some((peer.tile.id, Rc::clone(connection)))
    }

    /// Everybody's tile and connection.
    pub(super) fn connections(&self) -> Vec<(PeerTile, Rc<Connection>)> {
        let peers = self.peers.borrow();
        let connected = peers.iter().filter_map(|peer| {
            let (_, connection) = peer.connection.as_ref()?;
            Some((peer.tile, Rc::clone(connection)))
        });
        connected.collect()
    }

    /// Sends this track, or nothing, to everybody.
    pub(super) fn send(&self, source: Source, track: Option<&MediaStreamTrack>) {
        for (_, connection) in self.connections() {
            connection.send(source, track);
        }
    }

    /// Sends a source to a peer in this way from now on.
    pub(super) fn encode(&self, id: PeerId, source: Source, encoding: Encoding, track: Option<&MediaStreamTrack>) {
        let connection = self.connections().into_iter().find(|(tile, _)| tile.id == id);
        if let Some((_, connection)) = connection {
            connection.encode(source, encoding, track);
        }
    }

    /// How it stands with somebody. After an outage their elements begin anew: an element of Chromium that plays pictures in step with sound
    /// may wait for ever for the time of frames from before.
    pub(super) fn set_reach(&self, id: PeerId, reach: Reach) {
        let begins_anew = {
            let mut peers = self.peers.borrow_mut();
            let Some(peer) = peers.iter_mut().find(|peer| peer.tile.id == id) else {
                return;
            };
            let is_over = peer.interrupted && reach == Reach::Connected;
            peer.interrupted = matches!(reach, Reach::Reconnecting | Reach::Unreachable(_));
            is_over.then(|| peer.connection.clone()).flatten()
        };
        if let Some((_, connection)) = begins_anew {
            self.play(id, &connection);
        }
    }

    /// In which size somebody's camera or screen is shown on the page, or in its small window.
    pub(super) fn set_shown(&self, id: PeerId, source: Source, is_small: bool, size: Option<ShownSize>) {
        if let Some(peer) = self.peers.borrow_mut().iter_mut().find(|peer| peer.tile.id == id) {
            let shown = if is_small {
                &mut peer.shown_small
            } else {
                &mut peer.shown
            };
            *shown.of_mut(source) = size;
        }
    }

    /// The small window is closed.
    pub(super) fn forget_pip(&self) {
        for peer in &mut *self.peers.borrow_mut() {
            peer.shown_small = Shown::default();
        }
    }

    /// In which size somebody's camera or screen is seen, as far as is known: the larger one of both, of which that on the page counts only
    /// while the page is visible.
    pub(super) fn seen(&self, id: PeerId, source: Source, is_visible: bool) -> Option<ShownSize> {
        let peers = self.peers.borrow();
        let peer = peers.iter().find(|peer| peer.tile.id == id)?;
        let large = peer.shown.of(source).filter(|_| is_visible);
        let sizes = [large, peer.shown_small.of(source)];
        sizes.into_iter().flatten().max_by_key(|size| size.height)
    }

    /// Lets the tile play what the connection receives.
    pub(super) fn play(&self, peer: PeerId, connection: &Connection) {
        let Some(tile) = self.tile(peer) else { return };
        let stream = |source| {
            connection
                .receiver(source)
                .and_then(|receiver| Stream::of(&receiver.track()))
        };
        tile.picture.set(stream(Source::Camera));
        tile.sound.set(stream(Source::Microphone));
        tile.screen.set(stream(Source::Screen));
        tile.screen_sound.set(stream(Source::ScreenAudio));
    }

    /// Nobody is there any more.
    pub(super) fn clear(&self) {
        for tile in self.tiles() {
            self.remove(tile.id);
        }
    }
}

impl Peer {
    fn has(&self, id: ConnectionId) -> bool {
        self.connection.as_ref().is_some_and(|(of, _)| *of == id)
    }
}
