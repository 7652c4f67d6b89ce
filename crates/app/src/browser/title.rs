//! The tab's title, which says from afar who waits.

use call::Person;
use leptos::prelude::*;

use super::page;
use crate::state::{PeerTile, Phase, RoomState};

/// Keeps the title from now on. Called from an effect.
pub(super) fn start_title(state: RoomState) {
    let Some(document) = page::document() else { return };
    let plain = document.title();
    let waiting = Memo::new(move |_| {
        let in_call = state.phase.get() == Phase::Call;
        let waits = |hands: &Vec<Person>| {
            hands.iter().find_map(|hand| match hand {
                Person::Peer(id) => Some(*id),
                Person::Me => None,
            })
        };
        let waits = in_call.then(|| state.chat.hands.with(waits)).flatten();
        let name = waits.map(|id| {
            let found = |peers: &Vec<PeerTile>| peers.iter().find(|peer| peer.id == id).map(|peer| peer.name.get());
            state.peers.with(found).unwrap_or_default()
        });
        (name, if in_call { state.chat.unread.get() } else { 0 })
    });
    Effect::new(move |_| {
        let (name, unread) = waiting.get();
        let hand = name.map(|name| ["✋ ", &name].concat());
        let unread = (unread > 0).then(|| ["(", &unread.to_string(), ")"].concat());
        let parts: Vec<String> = hand.into_iter().chain(unread).chain([plain.clone()]).collect();
        let title = parts.join(" ");
        if let Some(document) = page::document().filter(|document| document.title() != title) {
            document.set_title(&title);
        }
    });
}
