//! Perfect negotiation (W3C WebRTC section 10.7) with one peer, as a state machine with one serial queue.
//!
//! The pattern is usually written as handlers that race on `signalingState`. Here the next step is chosen only when the
//! one before it has ended, so the state is always known when it matters: whether offers have crossed is asked when an
//! offer's turn comes, not when it arrives.
//!
//! Offers seldom cross: the answerer asks the offerer for an ICE restart, and makes an offer only if the browser wants one.

mod candidates;

use std::collections::VecDeque;

use protocol::{Candidate, Description, DescriptionKind, Signal};

use crate::{LocalCandidate, LocalDescription, Operation, OperationOutcome, Role};
use candidates::{Sent, ufrags};

/// Descriptions that may wait for their turn. Two honest peers never have more than two under way.
const QUEUED_DESCRIPTIONS: usize = 16;

/// What a negotiation wants done, in order.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    /// Run this, and call [`Negotiation::operated`] with what came of it.
    Operate(Operation),
    /// Send this to the peer.
    Send(Signal),
    /// A candidate that should have been taken was not: one path fewer.
    CandidateRefused,
    /// A description was refused. This connection can not be negotiated any more.
    Broken,
}

/// Where the connection's offers and answers stand (`RTCSignalingState`, W3C WebRTC section 4.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signaling {
    Stable,
    /// With the generation of our offer.
    HaveLocalOffer(u32),
    HaveRemoteOffer,
}

/// The operation under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Running {
    LocalOffer,
    LocalAnswer,
    RemoteOffer(u32),
    RemoteAnswer(u32),
    Candidate { may_fail: bool },
}

#[derive(Debug)]
enum Task {
    Description(Description),
    Candidate(Candidate),
}

/// The negotiation of one connection.
#[derive(Debug)]
pub(crate) struct Negotiation {
    /// Which of the pair's connections this is, for the wire.
    connection: u32,
    polite: bool,
    signaling: Signaling,
    running: Option<Running>,
    queue: VecDeque<Task>,
    wants_offer: bool,
    /// The offer may take the place of one that has not been answered.
    renews: bool,
    /// An offer that restarts ICE has not been answered, or not been made yet.
    restarts: bool,
    broken: bool,
    /// Local descriptions so far.
    generation: u32,
    sent: VecDeque<Sent>,
    /// Local candidates whose description has not gone out.
    unsent: VecDeque<LocalCandidate>,
    /// Of the newest remote description that has arrived, been set, been ignored; 0 is none.
    remote_arrived: u32,
    remote_set: u32,
    remote_ignored: u32,
    /// Remote candidates whose description has not arrived.
    held: VecDeque<Candidate>,
}

impl Negotiation {
    /// A negotiation on a new connection.
    pub(crate) fn new(connection: u32, role: Role) -> Self {
        Self {
            connection,
            polite: role == Role::Answerer,
            signaling: Signaling::Stable,
            running: None,
            queue: VecDeque::new(),
            wants_offer: false,
            renews: false,
            restarts: false,
            broken: false,
            generation: 0,
            sent: VecDeque::new(),
            unsent: VecDeque::new(),
            remote_arrived: 0,
            remote_set: 0,
            remote_ignored: 0,
            held: VecDeque::new(),
        }
    }

    /// The offerer does not wait for `negotiationneeded`.
    pub(crate) fn start(&mut self, steps: &mut Vec<Step>) {
        if !self.polite {
            self.make_offer(steps);
        }
    }

    /// Makes an offer as soon as nothing else is to be done.
    fn make_offer(&mut self, steps: &mut Vec<Step>) {
        self.wants_offer = true;
        self.go_on(steps);
    }

    /// ICE is being restarted: makes an offer that says so, in the place of one that is out, whose answer may never come.
    pub(crate) fn restart(&mut self, steps: &mut Vec<Step>) {
        self.renews = matches!(self.signaling, Signaling::HaveLocalOffer(_));
        self.restarts = true;
        self.make_offer(steps);
    }

    /// Whether an offer of ours that restarts ICE is out, or about to be, and no answer to it has arrived.
    pub(crate) fn is_restarting(&self) -> bool {
        let is_answer = |task: &Task| matches!(task, Task::Description(of) if of.kind == DescriptionKind::Answer);
        let is_answered = matches!(self.running, Some(Running::RemoteAnswer(_))) || self.queue.iter().any(is_answer);
        self.restarts && !is_answered && !self.broken
    }

    /// Whether everything that was to be said has been said and answered.
    pub(crate) fn is_settled(&self) -> bool {
        let at_rest = self.signaling == Signaling::Stable && self.running.is_none() && self.queue.is_empty();
        self.broken || at_rest && !self.wants_offer
    }

    /// The browser asks for an offer. It asks again when signaling is stable once more and there is still a need
    /// (W3C WebRTC section 4.7.3), so whatever it asks before that is already being seen to.
    pub(crate) fn negotiation_needed(&mut self, steps: &mut Vec<Step>) {
        let asked_when_stable = match self.running {
            Some(Running::LocalOffer | Running::RemoteOffer(_)) => false,
            // What is under way makes it stable, and its event may overtake the outcome.
            Some(Running::LocalAnswer | Running::RemoteAnswer(_)) => true,
            Some(Running::Candidate { .. }) | None => self.signaling == Signaling::Stable,
        };
        if asked_when_stable {
            self.make_offer(steps);
        }
    }

    /// A description from the peer.
    pub(crate) fn remote_description(&mut self, description: Description, steps: &mut Vec<Step>) {
        let waiting = self
            .queue
            .iter()
            .filter(|task| matches!(task, Task::Description(_)))
            .count();
        if description.generation <= self.remote_arrived || waiting >= QUEUED_DESCRIPTIONS {
            return;
        }
        self.remote_arrived = description.generation;
        self.queue.push_back(Task::Description(description));
        for candidate in std::mem::take(&mut self.held) {
            self.remote_candidate(candidate, steps);
        }
        self.go_on(steps);
    }

    /// What came of the operation under way.
    pub(crate) fn operated(&mut self, outcome: OperationOutcome, steps: &mut Vec<Step>) {
        let Some(running) = self.running.take() else { return };
        match (running, outcome) {
            (Running::Candidate { may_fail }, Err(_)) => {
                if !may_fail {
                    steps.push(Step::CandidateRefused);
                }
            }
            (Running::Candidate { .. }, Ok(_)) => {}
            (Running::LocalOffer, Ok(Some(local))) if local.kind == DescriptionKind::Offer => {
                self.send_description(local, None, steps);
                self.signaling = Signaling::HaveLocalOffer(self.generation);
            }
            (Running::LocalAnswer, Ok(Some(local))) if local.kind == DescriptionKind::Answer => {
                self.send_description(local, Some(self.remote_set), steps);
                self.signaling = Signaling::Stable;
            }
            (Running::RemoteOffer(generation), Ok(_)) => {
                if let Signaling::HaveLocalOffer(ours) = self.signaling {
                    self.offer_is_rolled_back(ours);
                }
                self.remote_set = generation;
                self.renews = false;
                self.signaling = Signaling::HaveRemoteOffer;
            }
            (Running::RemoteAnswer(generation), Ok(_)) => {
                self.remote_set = generation;
                self.renews = false;
                self.restarts = self.wants_offer && self.restarts;
                self.signaling = Signaling::Stable;
            }
            (Running::LocalOffer | Running::LocalAnswer, Ok(_)) | (_, Err(_)) => self.give_up(steps),
        }
        self.go_on(steps);
    }

    fn give_up(&mut self, steps: &mut Vec<Step>) {
        if !std::mem::replace(&mut self.broken, true) {
            self.queue.clear();
            self.held.clear();
            self.unsent.clear();
            steps.push(Step::Broken);
        }
    }

    fn send_description(&mut self, local: LocalDescription, answers: Option<u32>, steps: &mut Vec<Step>) {
        self.generation += 1;
        let ufrags = ufrags(&local.sdp);
        let signal = Signal::Description(Description {
            connection: self.connection,
            generation: self.generation,
            answers,
            kind: local.kind,
            sdp: local.sdp,
        });
        if !signal.is_within_limits() {
            self.give_up(steps);
            return;
        }
        steps.push(Step::Send(signal));
        self.description_is_out(ufrags, steps);
    }

    /// Starts what is next, unless something is under way.
    fn go_on(&mut self, steps: &mut Vec<Step>) {
        while self.running.is_none() && !self.broken {
            let next = if self.signaling == Signaling::HaveRemoteOffer {
                Some((Running::LocalAnswer, Operation::SetLocalDescription))
            } else {
                match self.queue.pop_front() {
                    Some(Task::Description(description)) => self.take_description(description),
                    Some(Task::Candidate(candidate)) => self.take_candidate(candidate),
                    None if self.wants_offer && (self.renews || self.signaling == Signaling::Stable) => {
                        self.wants_offer = false;
                        self.renews = false;
                        Some((Running::LocalOffer, Operation::SetLocalDescription))
                    }
                    None => return,
                }
            };
            if let Some((running, operation)) = next {
                self.running = Some(running);
                steps.push(Step::Operate(operation));
            }
        }
    }

    fn take_description(&mut self, description: Description) -> Option<(Running, Operation)> {
        let Description {
            generation,
            answers,
            kind,
            sdp,
            ..
        } = description;
        let running = match (kind, self.signaling) {
            (DescriptionKind::Offer, Signaling::HaveLocalOffer(_)) if !self.polite => {
                self.remote_ignored = generation;
                return None;
            }
            // In have-local-offer this rolls our own offer back. Either way the browser looks anew at what it needs
            // when this exchange has ended.
            (DescriptionKind::Offer, _) => {
                self.wants_offer = false;
                self.restarts = false;
                Running::RemoteOffer(generation)
            }
            (DescriptionKind::Answer, Signaling::HaveLocalOffer(ours)) if answers.is_none_or(|offer| offer == ours) => {
                Running::RemoteAnswer(generation)
            }
            // An answer to an offer that is no longer ours, or what only a newer version knows.
            (DescriptionKind::Answer | DescriptionKind::Other(_), _) => return None,
        };
        Some((running, Operation::SetRemoteDescription { kind, sdp }))
    }
}
