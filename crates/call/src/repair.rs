//! The repair ladder: what is done about a connection that does not work, and what the person is shown meanwhile.
//!
//! One [`Repair`] watches over what we have with one peer, across all its connections. It takes [`Event`]s and returns a
//! [`Remedy`] when something has to be done now. Three enums hold what it knows: [`State`], the place on the ladder;
//! [`Path`], what the browser says of the newest connection and whether media is heard on it; [`Media`], whether media has
//! ever flowed and since when it does not.
//!
//! # The states
//!
//! | state | it means | it ends |
//! |---|---|---|
//! | `Healthy` | media flows | when the path goes away, falls silent, an offer has no answer for 10 s, or somebody asks for more |
//! | `Silent` | nothing is heard, and the browser still sees a path | at its deadline: an *early* ICE restart; or something is heard |
//! | `Suspected` | the path is gone, or somebody asks for more | at its deadline: the next rung; or the path is back |
//! | `Trying` | a rung is being tried, by us or by the peer | when media flows; at its deadline, or when it fails: the next rung |
//! | `Unreachable` | every rung has been tried | at its deadline, 30 s: a new connection |
//!
//! # The rungs
//!
//! | rung | what is tried | for how long |
//! |---|---|---|
//! | `Connect` | the first connection, as it was opened | 12 s |
//! | `Early` | new ICE credentials, before the browser says that the path is gone | 14.5 s |
//! | `RestartIce` | new ICE credentials on the connection that is there | 8 s |
//! | `Rebuild` | a new connection | 12 s |
//! | `RelayOnly` | a new connection over the TURN server alone, where there is one | 12 s |
//!
//! A restart is begun 3 s after the browser says `disconnected`, and at once when it says `failed`. `Early` is no step
//! towards a new connection: as soon as the browser has seen the same as we have, the ladder begins as if there had been no
//! early restart. A browser that still sees a path when `Early` is over is believed: the peer sends nothing.
//!
//! Any success begins the ladder anew. Time for a try is counted anew when the browser begins its checks.
//!
//! # Two sides, and a server between them
//!
//! The offerer leads. The answerer waits 2 s longer before each step, gives each try 4 s more, and asks for an ICE restart or a
//! new connection instead of making an offer. An offer of the other side counts as a try of our own.
//!
//! Every step needs signaling. While our own socket is lost no deadline is served. While the peer's is lost a deadline is
//! reached and nothing is done: the deadline becomes `None`, and the peer is said to be away. When both are there again, a
//! restart is made again at once, any other try gets its time anew, and an unreachable peer is tried at once.

mod event;
mod path;
mod state;
mod steps;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::{Cause, ConnectionState, Reach, Role};
pub(crate) use event::{Event, Remedy};
use path::{Media, Path};
use state::{Deadline, QUIET, REST, Rung, SETTLING, State};

/// The health of what we have with one peer, over all its connections.
#[derive(Debug)]
pub(crate) struct Repair {
    role: Role,
    state: State,
    path: Path,
    media: Media,
    /// Our own socket has its seat.
    server: bool,
    /// The peer's socket is lost.
    away: bool,
    /// There is a TURN server.
    turn: bool,
    /// The newest connection cannot be negotiated any more.
    broken: bool,
    /// The answerer has asked for an offer, and none has come since.
    asked: bool,
    /// When an ICE restart that the answerer asked for was last begun, or is due.
    served: Option<Duration>,
    /// Connections replaced out of turn since media last flowed: because the negotiation broke, or on the peer's request.
    rebuilds: u8,
    /// A candidate was refused since media last flowed.
    refused: bool,
}

impl Repair {
    /// A connection has been opened, while our socket is there.
    pub(crate) fn new(now: Duration, role: Role, turn: bool) -> Self {
        Self {
            role,
            state: State::trying(now, Rung::Connect, role),
            path: Path::New,
            media: Media::expected(now),
            server: true,
            away: false,
            turn,
            broken: false,
            asked: false,
            served: None,
            rebuilds: 0,
            refused: false,
        }
    }

    /// Something has happened.
    pub(crate) fn handle(&mut self, now: Duration, event: Event) -> Option<Remedy> {
        if self.learn(now, event) {
            self.transition(now, event)
        } else {
            None
        }
    }

    /// What the event says of the world, whatever the state. Returns false where it says nothing new.
    fn learn(&mut self, now: Duration, event: Event) -> bool {
        match event {
            Event::Tick => {
                self.path.tick(now);
                if self.server {
                    self.media.tick(now);
                }
            }
            // Another path is looked for while the old one carries media.
            Event::Path(ConnectionState::Connecting) if self.path.is_up() => return false,
            Event::Path(state) => {
                self.path = state.into();
                if !self.path.is_up() {
                    self.media.stop(now);
                }
            }
            Event::Silent { .. } if !self.path.is_up() => return false,
            Event::Silent { expected: true } => {
                self.path.fall_silent(now);
                self.media.stop(now);
            }
            Event::Heard => {
                if !self.path.is_silent() {
                    return false;
                }
                self.path.believe();
                self.media = Media::Flows;
            }
            Event::Server(there) => self.server = there,
            Event::SignalsLost { .. } => self.server = true,
            Event::Away(away) => return std::mem::replace(&mut self.away, away) != away,
            Event::Broken => self.broken = true,
            Event::Replaced => {
                self.path = Path::New;
                self.broken = false;
            }
            _ => {}
        }
        true
    }

    /// The ladder: each event in each state in which it matters.
    fn transition(&mut self, now: Duration, event: Event) -> Option<Remedy> {
        use ConnectionState::{Connected, Connecting, Disconnected, Failed};
        use State::{Healthy, Silent, Suspected, Trying, Unreachable};
        match (event, self.state) {
            (Event::Tick, _) => return self.act_when_due(now),

            (Event::Path(Connected), _) => self.recovered(),
            // What was noticed early has found nothing yet, and now the browser says so, too.
            (Event::Path(Disconnected), Healthy { .. } | Silent { .. } | Trying { rung: Rung::Early, .. }) => {
                self.suspect(now + QUIET);
            }
            // With the other side's offer, where it is not ours.
            (Event::Path(Connecting), Suspected { .. }) => {
                self.follow(now);
                self.state.begin_checks(now, self.role);
            }
            (Event::Path(Connecting), Trying { checks: false, .. }) => self.state.begin_checks(now, self.role),
            // The old path's failure: the browser has not looked for another one yet.
            (
                Event::Path(Failed),
                Trying {
                    rung: Rung::RestartIce,
                    checks: false,
                    ..
                },
            ) => {}
            (Event::Path(Failed), Healthy { .. } | Silent { .. } | Suspected { .. } | Trying { .. }) => {
                self.suspect(now);
                return self.act_when_due(now);
            }

            (Event::Silent { .. }, Healthy { .. }) => {
                self.state = Silent {
                    act: Some(now + self.lag()),
                };
                return self.act_when_due(now);
            }
            (Event::Heard, Silent { .. } | Suspected { .. }) => self.recovered(),

            (Event::Server(_) | Event::Away(_), _) => return self.go_on(now),
            (Event::SignalsLost { settled }, _) => return self.signals_lost(now, settled),

            (Event::NetworkChanged, Trying { begun, .. }) if now < begun + SETTLING => {}
            (Event::NetworkChanged | Event::Retry, _) => return self.begin_anew(now),
            // However often somebody looks at the page, a try is left its time, and a peer that was tried in vain some rest. A try
            // that has outlived its time has slept.
            (Event::Woken, Trying { ends, .. }) if ends.is_none_or(|ends| now < ends) => {}
            (Event::Woken, Unreachable { begun, .. }) if now < begun + REST => {}
            (Event::Woken, Trying { .. } | Unreachable { .. }) => return self.begin_anew(now),
            (Event::Woken, Silent { .. } | Suspected { .. }) if !self.has_lapsed() => {
                self.state.set_deadline(Some(now));
                return self.act_when_due(now);
            }

            (Event::Offered, Trying { .. }) if self.leads() => {}
            (Event::Offered, Silent { .. } | Suspected { .. } | Trying { .. } | Unreachable { .. }) => self.follow(now),
            (Event::RestartWanted, _) => return self.restart_wanted(now),
            (Event::RebuildWanted, _) => return self.rebuild_wanted(now),
            // Others are looked for at once, but only once. The connection keeps its time and its restart.
            (Event::CandidateRefused, Suspected { .. } | Trying { .. }) => {
                let helps = !self.path.is_up() && self.state.rung(self.turn) == Rung::Connect;
                return (helps && !std::mem::replace(&mut self.refused, true)).then_some(Remedy::RestartIce);
            }
            // A path that carries media goes on to do so, until there is another reason to do something about it.
            (Event::Broken, _) if !self.path.is_up() => return self.rebuild_broken(now),
            (Event::Replaced, _) => self.replaced(now),

            (Event::Negotiation { settled: true }, Trying { .. }) if self.flows() && !self.asked => self.recovered(),
            (Event::Negotiation { settled }, Healthy { .. }) if self.flows() => self.expect_answer(now, settled),
            _ => {}
        }
        None
    }

    /// How it stands, for showing.
    pub(crate) fn reach(&self) -> Reach {
        if self.path.looks_up() {
            Reach::Connected
        } else if self.has_lapsed() || self.media.is_given_up() {
            Reach::Unreachable(if self.away { Cause::PeerAway } else { Cause::NoPath })
        } else if self.media.has_flowed() {
            Reach::Reconnecting
        } else {
            Reach::Connecting
        }
    }

    /// When [`Event::Tick`] is due.
    pub(crate) fn deadline(&self) -> Deadline {
        let climbs = self.state.deadline().into_iter().chain(self.media.deadline());
        climbs.filter(|_| self.server).chain(self.path.deadline()).min()
    }

    /// Whether the next connection is to use the TURN server alone. One side is enough for that.
    pub(crate) fn relay_only(&self) -> bool {
        self.role == Role::Offerer
            && matches!(
                self.state,
                State::Trying {
                    rung: Rung::RelayOnly,
                    ..
                }
            )
    }

    /// Whether media has stopped, not so long ago that it is hopeless to hurry.
    pub(crate) fn is_urgent(&self, now: Duration) -> bool {
        self.media.is_urgent(now)
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
}
