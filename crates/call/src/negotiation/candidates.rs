//! Candidates and the descriptions that they belong to: none goes out, or is added, before its description.

use std::collections::VecDeque;

use protocol::limits::HELD_CANDIDATES;
use protocol::{Candidate, Signal};

use crate::negotiation::{Negotiation, Running, Step, Task};
use crate::{LocalCandidate, Operation};

/// Local descriptions whose candidates are still told apart.
const REMEMBERED_DESCRIPTIONS: usize = 8;

/// A local description that was sent, and what its candidates are known by.
#[derive(Debug)]
pub(super) struct Sent {
    generation: u32,
    ufrags: Vec<String>,
    rolled_back: bool,
}

impl Negotiation {
    /// A candidate from the peer.
    pub(crate) fn remote_candidate(&mut self, candidate: Candidate, steps: &mut Vec<Step>) {
        if candidate.generation > self.remote_arrived {
            push_bounded(&mut self.held, candidate);
            return;
        }
        let waiting = self
            .queue
            .iter()
            .filter(|task| matches!(task, Task::Candidate(_)))
            .count();
        if waiting >= HELD_CANDIDATES
            && let Some(oldest) = self.queue.iter().position(|task| matches!(task, Task::Candidate(_)))
        {
            self.queue.remove(oldest);
        }
        self.queue.push_back(Task::Candidate(candidate));
        self.go_on(steps);
    }

    /// A candidate of our own. It never goes out before the description that it belongs to.
    pub(crate) fn local_candidate(&mut self, candidate: LocalCandidate, steps: &mut Vec<Step>) {
        let ufrag = candidate.username_fragment.as_deref().filter(|ufrag| !ufrag.is_empty());
        let known = ufrag.and_then(|ufrag| {
            self.sent
                .iter()
                .rev()
                .find(|sent| sent.ufrags.iter().any(|u| u == ufrag))
        });
        let describing = matches!(self.running, Some(Running::LocalOffer | Running::LocalAnswer));
        let generation = match known {
            Some(sent) if sent.rolled_back => return,
            Some(sent) => sent.generation,
            None if describing || self.generation == 0 => {
                push_bounded(&mut self.unsent, candidate);
                return;
            }
            None => self.generation,
        };
        let signal = Signal::Candidate(Candidate {
            connection: self.connection,
            generation,
            candidate: candidate.candidate,
            sdp_mid: candidate.sdp_mid,
            sdp_m_line_index: candidate.sdp_m_line_index,
            username_fragment: candidate.username_fragment,
        });
        if signal.is_within_limits() {
            steps.push(Step::Send(signal));
        }
    }

    /// A description of ours has gone out: its candidates may follow.
    pub(super) fn description_is_out(&mut self, ufrags: Vec<String>, steps: &mut Vec<Step>) {
        if self.sent.len() == REMEMBERED_DESCRIPTIONS {
            self.sent.pop_front();
        }
        self.sent.push_back(Sent {
            generation: self.generation,
            ufrags,
            rolled_back: false,
        });
        for candidate in std::mem::take(&mut self.unsent) {
            self.local_candidate(candidate, steps);
        }
    }

    /// Our offer of this generation was rolled back: nobody wants its candidates any more.
    pub(super) fn offer_is_rolled_back(&mut self, generation: u32) {
        self.sent
            .iter_mut()
            .filter(|sent| sent.generation == generation)
            .for_each(|sent| sent.rolled_back = true);
    }

    pub(super) fn take_candidate(&self, candidate: Candidate) -> Option<(Running, Operation)> {
        // A candidate of an ignored offer may still be of use: without an ICE restart that offer shares its credentials
        // with the description before it.
        let ignored = candidate.generation == self.remote_ignored;
        let current = candidate.generation == self.remote_set;
        let running = Running::Candidate { may_fail: !current };
        (current || ignored).then_some((running, Operation::AddCandidate(candidate)))
    }
}

/// The ICE username fragments of a description (RFC 8839 section 5.4).
pub(super) fn ufrags(sdp: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for ufrag in sdp.lines().filter_map(|line| line.strip_prefix("a=ice-ufrag:")) {
        if !found.iter().any(|known| known == ufrag.trim_end()) {
            found.push(ufrag.trim_end().into());
        }
    }
    found
}

fn push_bounded<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() >= HELD_CANDIDATES {
        queue.pop_front();
    }
    queue.push_back(item);
}
