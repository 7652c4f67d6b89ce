//! A peer, as one who is told our lines.

use std::time::Duration;

use protocol::PeerId;
use protocol::limits::peer::HELLO_TIMEOUT;
use protocol::peer_message::Features;

use super::lines::Stored;
use super::receipts::{Missed, Receipt};
use crate::mesh::Mesh;
use crate::{Effect, Reach};

/// A client that is connected and has not said hello for so long has no peer channel.
const PATIENCE: Duration = HELLO_TIMEOUT.saturating_add(Duration::from_secs(5));

/// Whether its page has a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    /// It has not said hello. Without a chat from `until` on.
    Unheard {
        until: Option<Duration>,
    },
    WithoutChat,
    WithChat,
}

/// One peer in the room.
#[derive(Debug)]
pub(super) struct Reader {
    page: Page,
    /// Our lines that it has been told and has not acknowledged, as numbers of events and lines.
    under_way: Vec<(u64, u64)>,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self {
            page: Page::Unheard { until: None },
            under_way: Vec::new(),
        }
    }

    /// The media connection is there, or is not.
    pub(super) fn reached(&mut self, now: Duration, reach: Reach) {
        if let Page::Unheard { until } = &mut self.page {
            *until = (reach == Reach::Connected).then_some(now + PATIENCE);
        }
    }

    /// Its page has said hello. Returns whether it is one that has not been told what was said before.
    pub(super) fn ready(&mut self, features: Features, restarted: bool) -> bool {
        let before = self.page;
        self.page = match features.has(Features::CHAT) {
            true => Page::WithChat,
            false => Page::WithoutChat,
        };
        if restarted {
            self.under_way.clear();
        }
        restarted || self.page != before
    }

    pub(super) fn has_chat(&self) -> bool {
        self.page == Page::WithChat
    }

    /// Tells it a line, if its page has a chat.
    pub(super) fn tell(
        &mut self,
        now: Duration,
        peer: PeerId,
        line: &Stored,
        mesh: &mut Mesh,
        effects: &mut Vec<Effect>,
    ) -> Receipt {
        match self.page {
            Page::Unheard { .. } => return Receipt::Waiting,
            Page::WithoutChat => return Receipt::Missed(Missed::NoChat),
            Page::WithChat => {}
        }
        match mesh.tell(now, peer, &line.message(now), effects) {
            Some(event) => {
                self.under_way.push((event, line.number));
                Receipt::Waiting
            }
            None => Receipt::Missed(Missed::Full),
        }
    }

    /// It has got so many events. Returns the numbers of the lines that were among them.
    pub(super) fn acknowledged(&mut self, events: u64) -> Vec<u64> {
        let arrived = self.under_way.iter().take_while(|(event, _)| *event <= events).count();
        self.under_way.drain(..arrived).map(|(_, line)| line).collect()
    }

    /// When it is taken for one without a chat.
    pub(super) fn gives_up_at(&self) -> Option<Duration> {
        match self.page {
            Page::Unheard { until } => until,
            _ => None,
        }
    }

    /// Whether that has come.
    pub(super) fn gives_up(&mut self, now: Duration) -> bool {
        let is_over = self.gives_up_at().is_some_and(|until| until <= now);
        if is_over {
            self.page = Page::WithoutChat;
        }
        is_over
    }
}
