//! Which pictures there are, and where each of them stands.

use call::Person;
use call::layout::{Arrangement, Kind, Layout, Picture, Place, Placed, Rect, Scene, Size};
use leptos::prelude::*;

use protocol::PeerId;

use crate::state::{PeerTile, RoomState};

/// CSS pixels between tiles: `--s2` of the style sheet.
const GAP: f64 = 8.0;

/// CSS pixels above the stage's edge that the bar takes.
const BAR: f64 = 84.0;

/// A picture on the stage. The number is a tile's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TileKey {
    /// Somebody else.
    Person(u32),
    /// What somebody else shares.
    Screen(u32),
    /// Oneself.
    Own,
    /// What one shares.
    OwnScreen,
}

/// Where everything stands. Nothing is placed until the stage has been measured, so not on the server either.
#[derive(Clone, Copy)]
pub(crate) struct Places(Memo<Arrangement<TileKey>>);

impl Places {
    /// Arranges a room's pictures on a stage of this size.
    pub(crate) fn new(state: RoomState, size: RwSignal<Option<Size>>) -> Self {
        let layout = StoredValue::new(Layout::<TileKey>::new());
        Self(Memo::new(move |_| {
            arranged(layout, size.get().map(|size| scene(state, size)))
        }))
    }

    /// Those of the small window: the others, and no bar below that could lie on them.
    pub(crate) fn small(state: RoomState, size: RwSignal<Option<Size>>) -> Self {
        let layout = StoredValue::new(Layout::<TileKey>::new());
        Self(Memo::new(move |_| {
            let small = size.get().map(|stage| {
                let mut scene = scene(state, stage);
                scene
                    .pictures
                    .retain(|picture| !matches!(picture.key, TileKey::Own | TileKey::OwnScreen));
                scene.page = 0;
                scene.below = 0.0;
                scene
            });
            arranged(layout, small)
        }))
    }

    /// Where a tile stands. `None` where it is not shown.
    pub(crate) fn of(self, key: TileKey) -> Option<(Rect, Place)> {
        self.0.with(|arranged| {
            let is = |placed: &&Placed<TileKey>| placed.key == key;
            arranged.tiles.iter().find(is).map(|placed| (placed.rect, placed.place))
        })
    }

    /// Whether anything has been placed yet.
    pub(crate) fn is_empty(self) -> bool {
        self.0.with(|arranged| arranged.tiles.is_empty())
    }

    /// The page that is seen, from 0, and how many there are.
    pub(crate) fn pages(self) -> (usize, usize) {
        self.0.with(|arranged| (arranged.page, arranged.pages))
    }
}

fn arranged(layout: StoredValue<Layout<TileKey>>, scene: Option<Scene<TileKey>>) -> Arrangement<TileKey> {
    let arranged = scene.and_then(|scene| layout.try_update_value(|layout| layout.arrange(&scene)));
    arranged.unwrap_or(Arrangement {
        tiles: Vec::new(),
        page: 0,
        pages: 1,
    })
}

fn scene(state: RoomState, stage: Size) -> Scene<TileKey> {
    let look = state.look;
    let peers = state.peers.get();
    let person = |peer: PeerId| {
        let peer = peers.iter().find(|tile| tile.id == peer);
        peer.map(|tile| TileKey::Person(tile.number))
    };
    let speaker = look.speaker.get().and_then(person);
    // A raised hand is seen on the first page, before those who spoke lately.
    let hands = state.chat.hands.get().into_iter().filter_map(|hand| match hand {
        Person::Peer(peer) => Some(peer),
        Person::Me => None,
    });
    let active = hands.chain(look.active.get()).filter_map(person).collect();
    Scene {
        stage,
        view: look.view.get(),
        pictures: pictures(state, &peers),
        pinned: look.pinned.get(),
        speaker,
        active,
        hide_own: look.hide_own.get(),
        page: look.page.get(),
        gap: GAP,
        below: BAR,
    }
}

fn pictures(state: RoomState, peers: &[PeerTile]) -> Vec<Picture<TileKey>> {
    let mut pictures = Vec::with_capacity(2 * peers.len() + 2);
    for peer in peers {
        pictures.push(Picture {
            key: TileKey::Person(peer.number),
            kind: Kind::Person,
            aspect: if peer.has_picture() { peer.aspect.get() } else { 0.0 },
        });
        if peer.shares() {
            pictures.push(Picture {
                key: TileKey::Screen(peer.number),
                // Put aside, it is one more in the strip.
                kind: if peer.screen_aside.get() {
                    Kind::Aside
                } else {
                    Kind::Screen
                },
                aspect: peer.screen_aspect.get(),
            });
        }
    }
    if state.share.on.get() {
        pictures.push(Picture {
            key: TileKey::OwnScreen,
            // One knows what is on it: it does not take the stage from anybody.
            kind: Kind::Aside,
            aspect: state.share.aspect.get(),
        });
    }
    pictures.push(Picture {
        key: TileKey::Own,
        kind: Kind::Own,
        aspect: state.aspect.get(),
    });
    pictures
}
