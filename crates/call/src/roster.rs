//! Who is in the room, apart from by which path their media comes.

use protocol::{PeerId, PeerInfo, SourceState};

/// The others in the room, in the order in which they joined.
#[derive(Debug, Default)]
pub(crate) struct Roster(Vec<PeerInfo>);

/// What a [`Roster::put`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Put {
    Added,
    Changed,
    Same,
}

impl Roster {
    /// Adds somebody, or takes over what is new about them.
    pub(crate) fn put(&mut self, peer: PeerInfo) -> Put {
        match self.0.iter_mut().find(|known| known.id == peer.id) {
            None => {
                self.0.push(peer);
                Put::Added
            }
            Some(known) if *known == peer => Put::Same,
            Some(known) => {
                *known = peer;
                Put::Changed
            }
        }
    }

    pub(crate) fn contains(&self, peer: PeerId) -> bool {
        self.0.iter().any(|known| known.id == peer)
    }

    /// Whether something is to be expected from somebody, as far as they have said. `pictures`: theirs are asked for.
    pub(crate) fn sends(&self, peer: PeerId, pictures: bool) -> bool {
        let known = self.0.iter().find(|known| known.id == peer);
        known.is_some_and(|known| {
            let media = known.media;
            // A muted microphone sends silence.
            let sound = [media.microphone, media.screen_audio]
                .into_iter()
                .any(|state| state.is_on() || state == SourceState::Muted);
            sound || pictures && (media.camera.is_on() || media.screen.is_on())
        })
    }

    /// The ids of everybody.
    pub(crate) fn ids(&self) -> Vec<PeerId> {
        self.0.iter().map(|peer| peer.id).collect()
    }

    /// Whether there was somebody to remove.
    pub(crate) fn remove(&mut self, peer: PeerId) -> bool {
        let before = self.0.len();
        self.0.retain(|known| known.id != peer);
        self.0.len() != before
    }
}
