//! The data channels of a pair, and the sizes that are told on them.

use call::quality::{Encoding, ShownSize};
use call::{ConnectionState, Input, Source};
use protocol::peer_message::Lane;

use super::{ADA, BO, Duo, info};
use crate::support::world::lanes::{CAMERA, LanesState};

impl Duo {
    /// Connected, with data channels, and with a camera on both sides.
    pub fn with_channels() -> Self {
        let mut duo = Self::connected();
        duo.has_channels = true;
        for side in [ADA, BO] {
            duo.capture(side);
        }
        duo.wait(2);
        duo
    }

    /// The camera of this side is on.
    pub fn capture(&mut self, side: usize) {
        let (source, capture) = (Source::Camera, Some(CAMERA));
        self.input(side, Input::Captured { source, capture });
    }

    /// This side shows the other's camera in so many lines, or not at all.
    pub fn show(&mut self, side: usize, lines: u32) {
        let (peer, source) = (info(1 - side).id, Source::Camera);
        let size = (lines > 0).then_some(ShownSize {
            width: lines * 16 / 9,
            height: lines,
        });
        self.input(side, Input::Shown { peer, source, size });
    }

    /// How this side's camera is encoded for the other.
    pub fn encoding(&self, side: usize) -> Encoding {
        self.page(side).encoded[&(info(1 - side).id, Source::Camera)]
    }

    /// In how many lines, or none.
    pub fn lines(&self, side: usize) -> Option<u32> {
        let encoding = self.encoding(side);
        let lines = f64::from(CAMERA.height) / encoding.scale_resolution_down_by;
        encoding.send.then_some(lines.round() as u32)
    }

    pub fn has_open_channels(&self, side: usize) -> bool {
        let fake = self.page(side).connections.values().last();
        fake.is_some_and(|fake| self.world.fakes[fake].lanes.state == LanesState::Open)
    }

    /// Something comes on the reliable data channel that the other's page would never send.
    pub fn receive_bytes(&mut self, side: usize, bytes: &[u8]) {
        let (connection, lane, bytes) = (self.connection(side), Lane::Reliable, bytes.to_vec());
        self.input(
            side,
            Input::ChannelReceived {
                connection,
                lane,
                bytes,
            },
        );
    }

    /// Opens data channels, and lets everything through that was sent on them. Returns whether anything happened.
    pub(super) fn carry(&mut self) -> bool {
        let fakes = [ADA, BO].map(|side| self.page(side).connections.values().last().copied());
        let [Some(ada), Some(bo)] = fakes else { return false };
        if !self.has_channels || self.world.other_side(ada) != Some(bo) || !self.world.passes(ada, bo) {
            return false;
        }
        let mut has_carried = false;
        for (side, fake) in [(ADA, ada), (BO, bo)] {
            let owned = self.world.fakes.get_mut(&fake).expect("it is open");
            if owned.lanes.state == LanesState::Unopened && owned.peer.state() == ConnectionState::Connected {
                owned.lanes.state = LanesState::Open;
                let connection = owned.connection;
                self.input(side, Input::ChannelOpened { connection });
                has_carried = true;
            }
        }
        for (side, from, to) in [(BO, ada, bo), (ADA, bo, ada)] {
            let state = self.world.fakes.get(&to).map(|owned| owned.lanes.state);
            let Some(owned) = self
                .world
                .fakes
                .get_mut(&from)
                .filter(|_| state == Some(LanesState::Open))
            else {
                continue;
            };
            for bytes in std::mem::take(&mut owned.lanes.sent) {
                self.receive_bytes(side, &bytes);
                has_carried = true;
            }
        }
        has_carried
    }
}
