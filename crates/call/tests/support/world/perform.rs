//! Gives a page's call what happens, and does what it asks for.

use std::time::Duration;

use call::{Effect, Input, Operation, Role};
use protocol::{ErrorCode, PeerId, PeerStats, Route, ServerMessage};

use super::lanes::Lanes;
use super::page::Page;
use super::wire::End;
use super::{Event, Fault, Owned, World};
use crate::support::fake_peer::FakePeer;
use crate::support::trace;

impl World {
    pub(super) fn tick(&mut self, page: usize) -> Result<(), String> {
        let due = |p: &&mut Page| p.tick_at.is_some_and(|at| at <= self.now);
        let Some(state) = self.pages[page].as_mut().filter(due) else {
            return Ok(());
        };
        state.tick_at = None;
        self.handle(page, Input::Tick)?;
        let deadline = self.pages[page].as_ref().and_then(|p| p.call.next_deadline());
        if deadline.is_some_and(|deadline| deadline <= self.now) {
            return Err("a deadline stays after its tick".into());
        }
        Ok(())
    }

    /// Gives the page's call an input and does what it asks for.
    pub(super) fn handle(&mut self, page: usize, input: Input) -> Result<(), String> {
        let Some(mut state) = self.pages[page].take() else {
            return Ok(());
        };
        self.note(page, || trace::input(&input));
        let stay = if self.by_hand { vec![] } else { stay(&state, &input) };
        let is_lost = matches!(input, Input::SocketLost { .. });
        if let Some(ServerMessage::Bye { retry_after_ms }) = said(&input) {
            state.stay_away = self.now + Duration::from_millis(u64::from(*retry_after_ms));
        }
        let mut effects = state.call.handle(self.now, input);
        if self.by_hand {
            let kept = effects.iter().filter(|effect| !is_about_sizes(effect));
            state.effects.extend(kept.cloned());
        }
        if is_lost && self.fault == Fault::CloseHealthy {
            let healthy = state
                .connections
                .iter()
                .find(|(_, fake)| self.is_healthy(&state, **fake));
            if let Some((&connection, _)) = healthy {
                self.fault = Fault::None;
                effects.push(Effect::Close { connection });
            }
        }
        let mut then = Vec::new();
        let mut result = Ok(());
        for effect in effects {
            self.note(page, || format!("    {}", trace::effect(&effect)));
            // Where the test is the server, it decides what has arrived.
            let is_booked = self.by_hand && matches!(effect, Effect::Send(_));
            let booked = if is_booked { Ok(()) } else { state.book(&effect) };
            result = booked.and_then(|()| {
                if let Effect::Close { connection } = &effect
                    && let fake = state.connections[connection]
                    && self.fakes.get(&fake).is_some_and(|owned| stay.contains(&owned.remote))
                    && self.is_healthy(&state, fake)
                {
                    return Err(format!("c{} works, and is closed", connection.0));
                }
                self.perform(page, &mut state, effect, &mut then)
            });
            if result.is_err() {
                break;
            }
        }
        let deadline = state.call.next_deadline().map(|deadline| deadline.max(self.now));
        if state.tick_at != deadline {
            state.tick_at = deadline;
            if let Some(at) = deadline {
                self.schedule(at, Event::Tick { page });
            }
        }
        self.pages[page] = Some(state);
        result?;
        then.into_iter().try_for_each(|effect| self.afterwards(page, &effect))
    }

    fn perform(&mut self, page: usize, state: &mut Page, effect: Effect, then: &mut Vec<Effect>) -> Result<(), String> {
        match effect {
            Effect::Send(frame) => {
                let socket = state.socket.ok_or("sent without a socket")?;
                self.send_to_server(socket, frame.message);
            }
            Effect::UseIceServers(_) if self.fault == Fault::KeepIceServers && !state.connections.is_empty() => {
                self.fault = Fault::None;
            }
            Effect::UseIceServers(ice_servers) => {
                for fake in state.connections.values() {
                    let peer = &mut self.fakes.get_mut(fake).expect("open").peer;
                    peer.ice_servers.clone_from(&ice_servers);
                }
            }
            Effect::Open {
                connection,
                peer,
                role,
                ice_servers,
                relay_only,
            } => {
                self.fakes_made += 1;
                let fake = self.fakes_made;
                state.connections.insert(connection, fake);
                let mut made = FakePeer::new(fake, role == Role::Offerer);
                made.listened = !self.by_hand;
                made.ice_servers = ice_servers;
                let owned = Owned {
                    peer: made,
                    page,
                    connection,
                    remote: peer,
                    relayed: relay_only,
                    tainted: false,
                    scheduled: 0,
                    last_event: Duration::ZERO,
                    look_at: None,
                    lanes: Lanes::default(),
                };
                self.fakes.insert(fake, owned);
                self.schedule_events(fake);
            }
            Effect::Operate { connection, operation } => {
                let fake = state.connections[&connection];
                let peer = &mut self.fakes.get_mut(&fake).expect("open").peer;
                if peer.is_running() {
                    return Err(format!("c{} is asked for two operations at once", connection.0));
                }
                let quick = matches!(operation, Operation::AddCandidate(_));
                peer.begin(operation);
                let at = self.soon(if quick { 5 } else { 60 });
                self.schedule(at, Event::Operated { fake });
            }
            Effect::RestartIce { connection } => {
                let fake = state.connections[&connection];
                self.fakes.get_mut(&fake).expect("open").peer.restart_ice();
                self.schedule_events(fake);
            }
            Effect::Close { connection } => {
                let fake = state.connections.remove(&connection).expect("booked as open");
                if self.fault == Fault::KeepClosed {
                    self.fault = Fault::None;
                } else {
                    self.close_fake(fake);
                }
            }
            Effect::SendOnChannel {
                connection,
                lane,
                bytes,
            } => self.send_on_channel(state.connections[&connection], lane, bytes),
            Effect::CloseChannels { connection, .. } => self.close_channels(state.connections[&connection]),
            Effect::Seated { .. } => state.backoff.succeeded(),
            _ if self.by_hand => {}
            Effect::Reconnect | Effect::Refused { .. } | Effect::TakenOver | Effect::Measure | Effect::PeerAdded(_) => {
                then.push(effect);
            }
            Effect::Problem { code, .. } => return Err(format!("the server could not do something: {code}")),
            Effect::PeerChanged(_)
            | Effect::PeerRemoved(_)
            | Effect::Away { .. }
            | Effect::Stats { .. }
            | Effect::Encode { .. }
            | Effect::ResizeCamera(_)
            | Effect::ChatChanged { .. }
            | Effect::Hands(_)
            | Effect::Reactions(_)
            | Effect::Pointers(_)
            | Effect::File(_)
            | Effect::Reach { .. } => {}
        }
        Ok(())
    }

    /// What the page itself does about it.
    fn afterwards(&mut self, page: usize, effect: &Effect) -> Result<(), String> {
        let socket = self.pages[page].as_ref().and_then(|p| p.socket);
        match effect {
            Effect::Reconnect => {
                socket
                    .into_iter()
                    .for_each(|socket| self.close_socket(socket, End::Lost));
                let at = self.soon(300);
                self.reconnect(page, at);
                Ok(())
            }
            Effect::Measure => {
                let tiles = self.pages[page].as_ref().into_iter().flat_map(|p| p.tiles.keys());
                let reach = |&peer| PeerStats {
                    peer,
                    route: Route::DirectUdp,
                    round_trip_ms: Some(7),
                    lost_permille: 0,
                };
                let stats = tiles.map(reach).collect();
                self.handle(page, Input::Measured { stats })
            }
            // The page lays the tile out.
            Effect::PeerAdded(peer) => self.show(page, peer.id),
            Effect::TakenOver => {
                // The socket is closed already.
                self.pages[page].as_mut().expect("it was told").socket = None;
                self.close_page(page, None)
            }
            // The person clicks until there is a place.
            Effect::Refused {
                code: ErrorCode::RoomFull,
                ..
            } => {
                let at = self.now + Duration::from_secs(5);
                self.pages[page].as_mut().expect("it was told").seat = None;
                self.schedule(at, Event::AskAgain { page });
                Ok(())
            }
            Effect::Refused { code, .. } => Err(format!("refused: {code}")),
            _ => Ok(()),
        }
    }
}

/// Whether it is about sizes and data channels, which most tests do not look at.
pub fn is_about_sizes(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Encode { .. } | Effect::ResizeCamera(_) | Effect::SendOnChannel { .. }
    )
}

/// What the server says.
fn said(input: &Input) -> Option<&ServerMessage> {
    match input {
        Input::Server(frame) => Some(&frame.message),
        _ => None,
    }
}

/// With whom connections that work are kept, when this has happened.
fn stay(page: &Page, input: &Input) -> Vec<PeerId> {
    let all = page.tiles.keys().copied();
    match (input, said(input)) {
        (Input::Leave | Input::SocketLost { code: Some(4002) }, _) | (_, Some(ServerMessage::Error { .. })) => {
            Vec::new()
        }
        (_, Some(ServerMessage::PeerLeft { peer: gone, .. })) => all.filter(|peer| peer != gone).collect(),
        (_, Some(ServerMessage::Joined { you, peers, away, .. })) => {
            let is_there = |peer: &PeerId| away.contains(peer) || peers.iter().any(|info| info.id == *peer);
            all.filter(|peer| Some(you.id) == page.seat_before && is_there(peer))
                .collect()
        }
        _ => all.collect(),
    }
}
