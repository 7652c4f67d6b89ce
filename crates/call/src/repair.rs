//! The repair ladder: what is done about a connection that does not work, and how it stands until then.
//!
//! Each try that finds no path is followed by a stronger one: new ICE credentials and candidates on the connection that
//! is there, then a new connection, then a new connection over the TURN server alone. After the last one the peer is
//! unreachable, and from then on a new connection is tried now and then. Any success begins the ladder anew.
//!
//! The offerer leads. The answerer leaves every step to it for a little while, then asks for it. Steps need signaling:
//! while our own socket or the peer's is away, the ladder waits, and it goes on at once when both are there.

mod ladder;
mod negotiated;
mod quiet;
mod signaling;

use std::time::Duration;

use crate::{Cause, ConnectionState, Link, Role};
use ladder::{HOPE, Phase, RETRY, Rung};
use negotiated::UNANSWERED;
use quiet::Quiet;

/// How long a path may be quiet before something is done about it. Most silences are shorter.
const QUIET: Duration = Duration::from_secs(3);

/// A try is left alone for so long, whatever else happens.
const SETTLING: Duration = Duration::from_secs(2);

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Restart ICE on the connection.
    RestartIce,
    /// Replace the connection; on the answerer's side: ask for it.
    Rebuild,
}

/// The health of what we have with one peer, over all its connections.
#[derive(Debug)]
pub(crate) struct Repair {
    role: Role,
    phase: Phase,
    /// When the phase has lasted long enough.
    deadline: Option<Duration>,
    rung: Rung,
    /// What the browser says of the newest connection.
    state: ConnectionState,
    /// When the newest try began.
    begun: Duration,
    /// The browser looks for a path with what the newest try brought: a failure before that is the old path's.
    tested: bool,
    was_connected: bool,
    /// The ladder was begun because nothing came, before the browser said anything: until then every failure is answered by
    /// restarting ICE, see [`Self::silent`].
    early: Option<Duration>,
    quiet: Quiet,
    /// Until when a pair that never had a path is said to be connecting. The ladder is climbed on after that.
    hope: Option<Duration>,
    /// The ladder has been climbed to its end since media last flowed.
    exhausted: bool,
    /// It was time for a step, and the peer's socket was away.
    lapsed: bool,
    rebuilds: u8,
    /// The newest connection cannot be negotiated any more.
    broken: bool,
    /// When the answerer first asked for another connection, although media flowed and has flowed since.
    doubted: Option<Duration>,
    /// A candidate was refused since the last success.
    refused: bool,
    /// Our own socket is there.
    online: bool,
    /// The peer's is not.
    away: bool,
    /// There is a TURN server.
    turn: bool,
}

impl Repair {
    /// A connection has been opened, while our socket is there.
    pub(crate) fn new(now: Duration, role: Role, turn: bool) -> Self {
        let mut repair = Self {
            role,
            phase: Phase::Trying,
            deadline: None,
            rung: Rung::First,
            state: ConnectionState::New,
            begun: now,
            tested: false,
            was_connected: false,
            early: None,
            quiet: Quiet::default(),
            hope: Some(now + HOPE),
            exhausted: false,
            lapsed: false,
            rebuilds: 0,
            broken: false,
            doubted: None,
            refused: false,
            online: true,
            away: false,
            turn,
        };
        repair.give_time(now);
        repair
    }

    /// How it stands, for showing.
    pub(crate) fn link(&self) -> Link {
        if self.state == ConnectionState::Connected && !self.quiet.is_told() {
            Link::Connected
        } else if self.lapsed || self.exhausted || (self.hope.is_none() && !self.was_connected) {
            Link::Unreachable(if self.away { Cause::PeerAway } else { Cause::NoPath })
        } else if self.was_connected {
            Link::Reconnecting
        } else {
            Link::Connecting
        }
    }

    /// Whether the next connection is to use the TURN server alone. One side is enough for that.
    pub(crate) fn relay_only(&self) -> bool {
        self.rung == Rung::Relay && self.role == Role::Offerer
    }

    /// Whether the peer's socket is away.
    pub(crate) fn is_away(&self) -> bool {
        self.away
    }

    /// Whether there is a TURN server.
    pub(crate) fn has_turn(&self) -> bool {
        self.turn
    }

    /// There is a TURN server, or none.
    pub(crate) fn set_turn(&mut self, turn: bool) {
        self.turn = turn;
    }

    /// When [`Self::tick`] is due.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let climbs = self.deadline.into_iter().chain(self.hope).filter(|_| self.online);
        climbs.chain(self.quiet.deadline()).min()
    }

    /// The connection's state has changed.
    pub(crate) fn state(&mut self, now: Duration, state: ConnectionState) -> Option<Remedy> {
        let begins = state == ConnectionState::Connecting;
        if begins && self.state == ConnectionState::Connected {
            // Another path is looked for while the old one carries media.
            return None;
        }
        self.state = state;
        if state != ConnectionState::Connected {
            self.quiet.stopped(now);
        }
        match (state, self.phase) {
            (ConnectionState::Connected, _) => self.recovered(),
            (ConnectionState::Disconnected, Phase::Fine) => self.due(now + QUIET),
            // What was noticed early has found nothing, and now the browser says so, too.
            (ConnectionState::Disconnected, Phase::Trying) if self.rung == Rung::Restart && self.early.is_some() => {
                self.rung = Rung::First;
                self.due(now + QUIET);
            }
            // With the other side's offer, where it is not ours.
            (ConnectionState::Connecting, Phase::Due) => {
                self.follow(now);
                self.tested = true;
            }
            (ConnectionState::Connecting, Phase::Trying) if !self.tested => {
                self.tested = true;
                self.give_time(now);
            }
            (ConnectionState::Failed, Phase::Trying) if !self.tested && self.rung == Rung::Restart => {}
            (ConnectionState::Failed, Phase::Trying)
                if self.rung == Rung::Restart && self.early.is_some_and(|until| now < until) =>
            {
                self.rung = Rung::First;
                self.due(now);
                return self.tick(now);
            }
            (ConnectionState::Failed, Phase::Fine | Phase::Due | Phase::Trying) => {
                self.due(now);
                return self.tick(now);
            }
            _ => {}
        }
        None
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, now: Duration) -> Option<Remedy> {
        self.quiet.tick(now);
        if self.online {
            self.hope = self.hope.filter(|&hope| now < hope);
        }
        if !self.online || self.deadline.is_none_or(|deadline| now < deadline) {
            return None;
        }
        if self.away {
            self.lapsed = !self.flows();
            self.deadline = None;
            return None;
        }
        match self.phase {
            Phase::Fine => Some(self.begin(now, Rung::Restart)),
            Phase::Due => self.climb(now),
            // Media flows all the same: nothing stronger is called for.
            Phase::Trying if self.state == ConnectionState::Connected => {
                if self.quiet.is_silent() {
                    // The browser would have said so by now: nothing is sent.
                    self.quiet.ends();
                    self.deadline = Some(now + UNANSWERED);
                    return None;
                }
                let remedy = self.begin(now, Rung::Restart);
                self.deadline = Some(now + RETRY);
                Some(remedy)
            }
            Phase::Trying => self.climb(now),
            Phase::Exhausted => Some(self.begin(now, Rung::Rebuild)),
        }
    }

    /// Somebody asks for another try.
    pub(crate) fn retry(&mut self, now: Duration) -> Option<Remedy> {
        self.rung = if self.exhausted { Rung::Restart } else { Rung::First };
        self.phase = Phase::Due;
        self.deadline = Some(now);
        self.tick(now)
    }

    /// The network is back, or is another one (`changed`), or the page has woken up. Only this side may know of it, so
    /// the answerer does not wait.
    pub(crate) fn network(&mut self, now: Duration, changed: bool) -> Option<Remedy> {
        let is_fine = self.flows() && !changed;
        let has_begun = self.phase == Phase::Trying && now < self.begun + SETTLING;
        if is_fine || has_begun { None } else { self.retry(now) }
    }

    /// The connection has been replaced by a new one.
    pub(crate) fn replaced(&mut self, now: Duration) {
        self.state = ConnectionState::New;
        self.quiet.ends();
        self.broken = false;
        self.doubted = None;
        self.phase = Phase::Trying;
        if self.role == Role::Answerer {
            // Keeps up with the offerer, so that both come to the end together.
            let again = self.rung >= Rung::Rebuild && self.turn;
            self.rung = if again { Rung::Relay } else { Rung::Rebuild };
        }
        self.begun = now;
        self.tested = false;
        self.give_time(now);
    }
}
