//! The tiles of the others.

use call::Link;
use leptos::prelude::*;
use protocol::{PeerId, PeerInfo};

use super::room::Room;
use crate::state::PeerTile;

impl Room {
    /// The tile of a peer.
    pub(super) fn tile(&self, peer: PeerId) -> Option<PeerTile> {
        self.state
            .peers
            .with_untracked(|peers| peers.iter().find(|tile| tile.id == peer).copied())
    }

    pub(super) fn add_tile(&self, info: &PeerInfo) {
        let number = self.tiles_made.get();
        self.tiles_made.set(number.wrapping_add(1));
        let tile = self.owner.with(|| PeerTile {
            number,
            id: info.id,
            name: RwSignal::new(info.name.as_str().into()),
            media: RwSignal::new(info.media),
            link: RwSignal::new(Link::default()),
            away: RwSignal::new(false),
            speaking: RwSignal::new(false),
            tracks: RwSignal::new(0),
        });
        // Not drawn yet: drawing it first would keep the offer waiting, and with it their picture.
        self.state.peers.update_untracked(|peers| peers.push(tile));
        self.undrawn.set(true);
        self.draw_soon();
    }

    pub(super) fn change_tile(&self, info: &PeerInfo) {
        if let Some(tile) = self.tile(info.id) {
            tile.name.set(info.name.as_str().into());
            tile.media.set(info.media);
        }
    }

    pub(super) fn remove_tile(&self, peer: PeerId) {
        self.elements.borrow_mut().retain(|(of, ..)| *of != peer);
        self.state.peers.update(|peers| peers.retain(|tile| tile.id != peer));
    }
}
