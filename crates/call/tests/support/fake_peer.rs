//! An `RTCPeerConnection` without a network: the signaling state machine of W3C WebRTC (sections 4.3.1, 4.4.1.5, 4.4.1.6
//! and 4.7.3), ICE credentials and candidates, and nothing of media. It is strict where browsers are.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use call::{
    ConnectionId, ConnectionState, Input, LocalCandidate, LocalDescription, Operation, OperationFailed,
    OperationOutcome,
};
use protocol::{DescriptionKind, IceServer, PeerId};

use super::sdp::Sdp;

/// Candidates that one gathering finds.
const CANDIDATES: u32 = 2;

/// How long ICE tries before it gives up, how long silence lasts before it shows, and before it is final.
const TRY: Duration = Duration::from_secs(15);
const QUIET: Duration = Duration::from_secs(5);
const LOST: Duration = Duration::from_secs(20);

/// How long nothing comes before the listener notices.
const SILENT: Duration = Duration::from_millis(1_500);

/// `RTCSignalingState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signaling {
    Stable,
    HaveLocalOffer,
    HaveRemoteOffer,
}

/// What the connection tells its page.
#[derive(Clone, Debug, PartialEq)]
pub enum PeerEvent {
    NegotiationNeeded,
    Candidate(LocalCandidate),
    State(ConnectionState),
    /// What listens on it hears nothing any more, or something again.
    Silent(bool),
}

impl PeerEvent {
    /// As the call of its page is told it.
    pub fn into_input(self, connection: ConnectionId, peer: PeerId) -> Input {
        match self {
            Self::NegotiationNeeded => Input::NegotiationNeeded { connection },
            Self::Candidate(candidate) => Input::LocalCandidate { connection, candidate },
            Self::State(state) => Input::ConnectionState { connection, state },
            Self::Silent(silent) => Input::Silent { peer, silent },
        }
    }
}

#[derive(Debug)]
enum Task {
    CheckNegotiationNeeded,
    Fire(PeerEvent),
}

#[derive(Debug)]
pub struct FakePeer {
    /// Its gathering goes on without an end.
    pub never_ends: bool,
    /// Somebody listens on it.
    pub listened: bool,
    silent: bool,
    /// Those of its configuration.
    pub ice_servers: Vec<IceServer>,
    /// Those that were asked when it last gathered.
    pub asked: Vec<IceServer>,
    id: u32,
    signaling: Signaling,
    current_local: Option<Sdp>,
    pending_local: Option<Sdp>,
    current_remote: Option<Sdp>,
    pending_remote: Option<Sdp>,
    running: Option<Operation>,
    /// Media lines that were added and not negotiated yet.
    new_lines: bool,
    negotiation_needed: bool,
    update_on_empty_chain: bool,
    credentials_to_replace: BTreeSet<String>,
    versions: u32,
    ufrags: u32,
    gathered: BTreeSet<String>,
    /// Username fragments under which the other side's candidates came.
    reachable: BTreeSet<String>,
    tasks: VecDeque<Task>,
    state: ConnectionState,
    /// The credentials that ICE works with, and since when without success.
    tried: Option<(String, String)>,
    without_path_since: Option<Duration>,
    /// Every remote credential that was ever set.
    pub remote_ufrags: BTreeSet<String>,
    /// Credentials of a network that is not ours any more.
    stale: BTreeSet<String>,
}

impl FakePeer {
    /// A new connection. The offerer's page adds its media lines at once.
    pub fn new(id: u32, with_lines: bool) -> Self {
        let mut peer = Self {
            never_ends: false,
            listened: false,
            silent: false,
            ice_servers: Vec::new(),
            asked: Vec::new(),
            id,
            signaling: Signaling::Stable,
            current_local: None,
            pending_local: None,
            current_remote: None,
            pending_remote: None,
            running: None,
            new_lines: with_lines,
            negotiation_needed: false,
            update_on_empty_chain: false,
            credentials_to_replace: BTreeSet::new(),
            versions: 0,
            ufrags: 0,
            gathered: BTreeSet::new(),
            reachable: BTreeSet::new(),
            tasks: VecDeque::new(),
            state: ConnectionState::New,
            tried: None,
            without_path_since: None,
            remote_ufrags: BTreeSet::new(),
            stale: BTreeSet::new(),
        };
        peer.update_negotiation_needed();
        peer
    }

    pub fn signaling(&self) -> Signaling {
        self.signaling
    }

    pub fn state(&self) -> ConnectionState {
        self.state
    }

    /// Is in this state, for whatever reason, and has said so.
    pub fn force(&mut self, state: ConnectionState) {
        self.state = state;
        self.without_path_since = None;
    }

    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// The username fragment of the candidate that is being added.
    pub fn running_candidate(&self) -> Option<String> {
        match &self.running {
            Some(Operation::AddCandidate(candidate)) => candidate.username_fragment.clone(),
            _ => None,
        }
    }

    /// Events that wait to be fired.
    pub fn waiting_events(&self) -> usize {
        self.tasks.len()
    }

    /// Whether an offer is owed: lines that were added, or a restart that was asked for.
    pub fn needs_negotiation(&self) -> bool {
        self.new_lines && self.signaling == Signaling::Stable || !self.credentials_to_replace.is_empty()
    }

    /// Whose connection the other side is.
    pub fn remote_writer(&self) -> Option<u32> {
        self.current_remote.as_ref().map(|sdp| sdp.writer)
    }

    /// The username fragment in use.
    pub fn local_ufrag(&self) -> Option<&str> {
        self.current_local.as_ref().map(|sdp| sdp.ufrag.as_str())
    }

    /// Puts an operation on the chain.
    ///
    /// # Panics
    /// When one is there: the queue is the caller's work.
    pub fn begin(&mut self, operation: Operation) {
        assert!(
            self.running.is_none(),
            "two operations at once: {:?}, then {operation:?}",
            self.running
        );
        self.running = Some(operation);
    }

    /// Ends the operation without having done it.
    pub fn fail(&mut self) -> OperationOutcome {
        self.running = None;
        self.chain_is_empty();
        error("OperationError")
    }

    /// Does the operation that was begun.
    pub fn finish(&mut self) -> OperationOutcome {
        let outcome = match self.running.take().expect("an operation was begun") {
            Operation::SetLocalDescription => self.set_local_description(),
            Operation::SetRemoteDescription { kind, sdp } => self.set_remote_description(kind, &sdp),
            Operation::AddCandidate(candidate) => {
                self.add_candidate(candidate.username_fragment, !candidate.candidate.is_empty())
            }
        };
        self.chain_is_empty();
        outcome
    }

    fn set_local_description(&mut self) -> OperationOutcome {
        let (kind, sdp) = if self.signaling == Signaling::HaveRemoteOffer {
            let offer = self.pending_remote.take().expect("have-remote-offer has one");
            let restarts = self
                .current_remote
                .as_ref()
                .is_none_or(|current| current.ufrag != offer.ufrag);
            let kept = self
                .current_local
                .as_ref()
                .filter(|_| !restarts)
                .map(|local| local.ufrag.clone());
            let answer = self.describe(kept, offer.version);
            self.current_remote = Some(offer);
            self.current_local = Some(answer.clone());
            self.pending_local = None;
            (DescriptionKind::Answer, answer)
        } else {
            let base = self.pending_local.as_ref().or(self.current_local.as_ref());
            let kept = base
                .map(|local| local.ufrag.clone())
                .filter(|u| !self.credentials_to_replace.contains(u));
            let offer = self.describe(kept, 0);
            self.pending_local = Some(offer.clone());
            self.signaling = Signaling::HaveLocalOffer;
            (DescriptionKind::Offer, offer)
        };
        if self.gathered.insert(sdp.ufrag.clone()) {
            self.gather(&sdp.ufrag);
        }
        if kind == DescriptionKind::Answer {
            self.became_stable();
        }
        Ok(Some(LocalDescription { kind, sdp: sdp.text() }))
    }

    fn set_remote_description(&mut self, kind: DescriptionKind, sdp: &str) -> OperationOutcome {
        let Some(sdp) = Sdp::parse(sdp) else {
            return error("OperationError");
        };
        match (kind, self.signaling) {
            (DescriptionKind::Offer, _) => {
                // The implicit rollback.
                self.pending_local = None;
                self.remote_ufrags.insert(sdp.ufrag.clone());
                self.pending_remote = Some(sdp);
                self.signaling = Signaling::HaveRemoteOffer;
            }
            (DescriptionKind::Answer, Signaling::HaveLocalOffer) => {
                if self
                    .pending_local
                    .as_ref()
                    .is_none_or(|offer| offer.version != sdp.answers)
                {
                    return error("InvalidAccessError");
                }
                self.remote_ufrags.insert(sdp.ufrag.clone());
                self.current_local = self.pending_local.take();
                self.current_remote = Some(sdp);
                self.became_stable();
            }
            (DescriptionKind::Answer, _) => return error("InvalidStateError"),
            (DescriptionKind::Other(_), _) => return error("TypeError"),
        }
        Ok(None)
    }

    fn add_candidate(&mut self, ufrag: Option<String>, is_candidate: bool) -> OperationOutcome {
        let known: Vec<_> = [&self.pending_remote, &self.current_remote]
            .into_iter()
            .flatten()
            .map(|sdp| &sdp.ufrag)
            .collect();
        match known.first() {
            None => error("InvalidStateError"),
            Some(newest) => {
                let ufrag = ufrag.unwrap_or_else(|| (*newest).clone());
                if !known.contains(&&ufrag) {
                    return error("OperationError");
                }
                if is_candidate {
                    self.reachable.insert(ufrag);
                }
                Ok(None)
            }
        }
    }

    fn describe(&mut self, kept: Option<String>, answers: u32) -> Sdp {
        self.versions += 1;
        let ufrag = kept.unwrap_or_else(|| {
            self.ufrags += 1;
            format!("c{}u{}", self.id, self.ufrags)
        });
        Sdp {
            writer: self.id,
            version: self.versions,
            answers,
            ufrag,
        }
    }

    fn gather(&mut self, ufrag: &str) {
        self.asked.clone_from(&self.ice_servers);
        for n in 0..=CANDIDATES - u32::from(self.never_ends) {
            let candidate = if n < CANDIDATES {
                format!("candidate:{n} 1 udp 1 host.invalid 9 typ host")
            } else {
                String::new()
            };
            self.tasks.push_back(Task::Fire(PeerEvent::Candidate(LocalCandidate {
                candidate,
                sdp_mid: Some("0".into()),
                sdp_m_line_index: Some(0),
                username_fragment: Some(ufrag.into()),
            })));
        }
    }

    fn became_stable(&mut self) {
        self.signaling = Signaling::Stable;
        self.new_lines = false;
        if self
            .current_local
            .as_ref()
            .is_some_and(|local| !self.credentials_to_replace.contains(&local.ufrag))
        {
            self.credentials_to_replace.clear();
        }
        self.negotiation_needed = false;
        self.update_on_empty_chain = true;
    }

    /// `restartIce()`.
    pub fn restart_ice(&mut self) {
        let used = [&self.current_local, &self.pending_local].into_iter().flatten();
        self.credentials_to_replace = used.map(|sdp| sdp.ufrag.clone()).collect();
        self.update_negotiation_needed();
    }

    fn chain_is_empty(&mut self) {
        if std::mem::take(&mut self.update_on_empty_chain) {
            self.update_negotiation_needed();
        }
    }

    fn update_negotiation_needed(&mut self) {
        if self.running.is_some() {
            self.update_on_empty_chain = true;
        } else {
            self.tasks.push_back(Task::CheckNegotiationNeeded);
        }
    }

    /// Runs the next task of the event loop; perhaps it fires an event.
    pub fn next_event(&mut self) -> Option<PeerEvent> {
        match self.tasks.pop_front()? {
            Task::Fire(event) => Some(event),
            Task::CheckNegotiationNeeded => {
                if self.running.is_some() {
                    self.update_on_empty_chain = true;
                    return None;
                }
                if self.signaling != Signaling::Stable {
                    return None;
                }
                let needed = self.new_lines || !self.credentials_to_replace.is_empty();
                let fires = needed && !self.negotiation_needed;
                self.negotiation_needed = needed;
                fires.then_some(PeerEvent::NegotiationNeeded)
            }
        }
    }

    /// The network is another one: nothing that was gathered is of use.
    pub fn change_network(&mut self) {
        self.stale = self.gathered.clone();
    }

    /// Whether media could flow: each has what the other says, and a candidate that belongs to it.
    pub fn has_path(&self, other: &Self) -> bool {
        let knows = |a: &Self, b: &Self| {
            a.current_remote
                .as_ref()
                .zip(b.current_local.as_ref())
                .is_some_and(|(remote, local)| {
                    remote.writer == b.id
                        && remote.ufrag == local.ufrag
                        && a.reachable.contains(&local.ufrag)
                        && !b.stale.contains(&local.ufrag)
                })
        };
        knows(self, other) && knows(other, self)
    }

    /// Looks at the path to the other side (none: it is closed, or the network is away). Returns after how long to look
    /// again.
    pub fn look_for_path(&mut self, other: Option<&Self>, now: Duration) -> Option<Duration> {
        let (local, remote) = self.current_local.as_ref().zip(self.current_remote.as_ref())?;
        let credentials = (local.ufrag.clone(), remote.ufrag.clone());
        let is_new = self.tried.as_ref() != Some(&credentials);
        if is_new {
            self.tried = Some(credentials);
            self.without_path_since = None;
            if self.state != ConnectionState::Connected {
                self.enter(ConnectionState::Connecting);
            }
        }
        if self.state == ConnectionState::Failed {
            return None;
        }
        // A peer that has given up does not answer any more.
        let answers = |other: &Self| other.state != ConnectionState::Failed && self.has_path(other);
        if other.is_some_and(answers) {
            self.without_path_since = None;
            self.enter(ConnectionState::Connected);
            self.falls_silent(false);
            return None;
        }
        let since = *self.without_path_since.get_or_insert(now);
        let (patience, next) = match self.state {
            ConnectionState::Connected => (QUIET, ConnectionState::Disconnected),
            ConnectionState::Disconnected => (LOST, ConnectionState::Failed),
            _ => (TRY, ConnectionState::Failed),
        };
        if self.listened && !self.silent && self.state == ConnectionState::Connected {
            if now - since < SILENT {
                return Some(SILENT - (now - since));
            }
            self.falls_silent(true);
        }
        if now - since < patience {
            return Some(patience - (now - since));
        }
        self.enter(next);
        (next == ConnectionState::Disconnected).then_some(LOST - QUIET)
    }

    fn falls_silent(&mut self, silent: bool) {
        if std::mem::replace(&mut self.silent, silent) != silent {
            self.tasks.push_back(Task::Fire(PeerEvent::Silent(silent)));
        }
    }

    fn enter(&mut self, state: ConnectionState) {
        if std::mem::replace(&mut self.state, state) != state {
            self.tasks.push_back(Task::Fire(PeerEvent::State(state)));
        }
    }
}

fn error(name: &str) -> OperationOutcome {
    Err(OperationFailed { name: name.into() })
}
