//! When media has stopped. A browser takes more than five seconds to say so.
//!
//! Silence goes by source. Packets are expected of a source that the peer says is on, that we have asked for, and that has been
//! heard since both became true. Nothing is expected of any other: a microphone that is said to be on and sends nothing, a
//! picture that is hidden here, or a screen that nobody shares falls silent in no time and means nothing. A peer is silent when
//! something is expected and all of that has stopped, so that a microphone that breaks while the picture goes on is none.

use std::time::Duration;

use crate::Source;

/// How long nothing must have come: several times the longest pause of somebody who says nothing.
const SILENT: Duration = Duration::from_millis(1_500);

/// One source of a peer, as it is found now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Incoming {
    /// The peer says that it is on.
    pub is_on: bool,
    /// We have asked the peer for it.
    pub is_wanted: bool,
    /// When its newest packet came, by any clock (`timestamp` of `getSynchronizationSources()`, W3C WebRTC section 5.3.1), or
    /// 0 where the browser does not know (any more).
    pub newest: f64,
}

/// What has come on one connection. A new connection begins with a new one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Silence {
    /// In the order of [`Source::ALL`].
    sources: [Heard; Source::ALL.len()],
    silent: bool,
}

/// What has come from one source.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Heard {
    newest: f64,
    /// When it was last heard, if it has been since packets are to be expected of it.
    at: Option<Duration>,
}

impl Silence {
    /// Looks at what comes, in the order of [`Source::ALL`]. Returns whether the peer is silent, once when that changes.
    pub fn changes(&mut self, now: Duration, incoming: [Incoming; Source::ALL.len()]) -> Option<bool> {
        for (source, incoming) in self.sources.iter_mut().zip(incoming) {
            source.look(now, incoming);
        }
        let newest = self.sources.iter().filter_map(|source| source.at).max();
        let silent = newest.is_some_and(|at| now.saturating_sub(at) >= SILENT);
        (std::mem::replace(&mut self.silent, silent) != silent).then_some(silent)
    }
}

impl Heard {
    fn look(&mut self, now: Duration, incoming: Incoming) {
        // The browser remembers packets for ten seconds: one that came before the source was switched off proves nothing.
        let is_new = incoming.newest > 0.0 && incoming.newest != self.newest;
        if is_new {
            self.newest = incoming.newest;
            self.at = Some(now);
        }
        if !(incoming.is_on && incoming.is_wanted) {
            self.at = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A peer whose packets are as the test says, looked at every 100 ms.
    struct Peer {
        silence: Silence,
        now: Duration,
        incoming: [Incoming; Source::ALL.len()],
        /// Those of which packets come.
        sending: Vec<Source>,
    }

    impl Peer {
        fn with(on: &[Source]) -> Self {
            let mut peer = Self {
                silence: Silence::default(),
                now: Duration::ZERO,
                incoming: [Incoming::default(); Source::ALL.len()],
                sending: on.to_vec(),
            };
            for source in on {
                peer.of(*source).is_on = true;
                peer.of(*source).is_wanted = true;
            }
            peer
        }

        fn of(&mut self, source: Source) -> &mut Incoming {
            &mut self.incoming[source.m_line()]
        }

        /// What has changed in this time, and after how many milliseconds.
        fn after(&mut self, millis: u64) -> Vec<(bool, u64)> {
            let mut changes = Vec::new();
            for passed in (100..=millis).step_by(100) {
                self.now += Duration::from_millis(100);
                for source in self.sending.clone() {
                    self.of(source).newest = 1e12 + self.now.as_secs_f64() * 1e3;
                }
                let change = self.silence.changes(self.now, self.incoming);
                changes.extend(change.map(|silent| (silent, passed)));
            }
            changes
        }
    }

    use Source::{Camera, Microphone, Screen};

    #[test]
    fn it_begins_once_and_ends_when_something_comes_again() {
        let mut peer = Peer::with(&[Microphone, Camera]);
        assert_eq!(peer.after(5_000), []);
        peer.sending.clear();
        assert_eq!(peer.after(60_000), [(true, 1_500)]);
        // The browser has forgotten when that was.
        peer.of(Camera).newest = 0.0;
        peer.of(Microphone).newest = 0.0;
        assert_eq!(peer.after(10_000), []);
        peer.sending = vec![Camera];
        assert_eq!(peer.after(5_000), [(false, 100)]);
        peer.sending.clear();
        assert_eq!(peer.after(5_000), [(true, 1_500)]);
    }

    #[test]
    fn where_nothing_ever_came_nothing_stops() {
        let mut peer = Peer::with(&[Microphone, Camera]);
        peer.sending.clear();
        assert_eq!(peer.after(60_000), []);
    }

    #[test]
    fn a_microphone_that_is_said_to_be_on_and_sends_nothing_is_not_waited_for() {
        let mut peer = Peer::with(&[Microphone, Camera]);
        peer.sending = vec![Camera];
        assert_eq!(peer.after(5_000), []);
        peer.of(Camera).is_on = false;
        peer.sending.clear();
        assert_eq!(peer.after(60_000), []);
    }

    #[test]
    fn nothing_is_expected_of_what_is_off_or_was_not_asked_for() {
        for turn_off in [
            (|incoming: &mut Incoming| incoming.is_on = false) as fn(&mut Incoming),
            |incoming| incoming.is_wanted = false,
        ] {
            let mut peer = Peer::with(&[Camera]);
            assert_eq!(peer.after(1_000), []);
            turn_off(peer.of(Camera));
            peer.sending.clear();
            assert_eq!(peer.after(60_000), []);
        }
    }

    #[test]
    fn what_is_switched_on_again_is_expected_from_its_first_packet_and_not_from_an_older_one() {
        let mut peer = Peer::with(&[Camera]);
        assert_eq!(peer.after(1_000), []);
        peer.sending.clear();
        peer.of(Camera).is_on = false;
        assert_eq!(peer.after(2_000), []);
        peer.of(Camera).is_on = true;
        assert_eq!(peer.after(5_000), [], "the browser still knows of the old packet");
        peer.sending = vec![Camera];
        assert_eq!(peer.after(1_000), []);
        peer.sending.clear();
        assert_eq!(peer.after(5_000), [(true, 1_500)]);
    }

    #[test]
    fn one_source_that_goes_on_is_enough_and_silence_is_when_the_last_has_stopped() {
        let mut peer = Peer::with(&[Microphone, Camera, Screen]);
        assert_eq!(peer.after(1_000), []);
        peer.sending = vec![Screen];
        assert_eq!(peer.after(10_000), []);
        peer.sending.clear();
        assert_eq!(peer.after(10_000), [(true, 1_500)]);
    }

    #[test]
    fn a_silent_peer_who_switches_everything_off_is_silent_no_more() {
        let mut peer = Peer::with(&[Camera]);
        assert_eq!(peer.after(1_000), []);
        peer.sending.clear();
        assert_eq!(peer.after(2_000), [(true, 1_500)]);
        // That is told by the server, so nothing is known of the path from here on, until the browser says something.
        peer.of(Camera).is_on = false;
        assert_eq!(peer.after(2_000), [(false, 100)]);
    }
}
