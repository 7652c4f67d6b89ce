//! What the call asks for, done.

use std::rc::Rc;

use call::{ConnectionId, ConnectionState, Effect, Input, Operation, Source};
use leptos::prelude::*;
use protocol::PeerId;

use super::{Session, now};
use crate::browser::chime::Chime;
use crate::browser::connection::{Connection, Setup, Tell};
use crate::browser::task::spawn;
use crate::state::{Phase, Tone};
use crate::texts::texts;

impl Session {
    pub(super) fn perform(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::Send(frame) => self.signaling.send(&frame),
            Effect::Reconnect => self.signaling.replace(),
            Effect::UseIceServers(ice_servers) => {
                for (_, connection) in self.peers.connections() {
                    connection.use_ice_servers(&ice_servers);
                }
            }
            Effect::Open {
                connection,
                peer,
                role,
                ice_servers,
                relay_only,
            } => {
                let setup = Setup {
                    id: connection,
                    role,
                    ice_servers: &ice_servers,
                    relay_only,
                    start_bitrate: self.call.borrow().start_bitrate(peer),
                };
                self.open(peer, &setup);
            }
            Effect::Operate { connection, operation } => self.operate(connection, operation),
            Effect::RestartIce { connection } => {
                if let Some((_, connection)) = self.peers.connection(connection) {
                    connection.restart_ice();
                }
            }
            Effect::Close { connection } => self.peers.close(connection),
            Effect::Encode { peer, source, encoding } => {
                let track = self.track(source);
                self.peers.encode(peer, source, encoding, track.as_ref());
            }
            Effect::ResizeCamera(wanted) => self.capture.resize(wanted),
            Effect::SendOnChannel {
                connection,
                lane,
                bytes,
            } => {
                if let Some((_, connection)) = self.peers.connection(connection) {
                    connection.send_message(lane, &bytes);
                }
            }
            Effect::CloseChannels {
                connection,
                peer,
                cause,
            } => {
                if let Some((_, connection)) = self.peers.connection(connection) {
                    connection.close_channels();
                }
                if let Some(tile) = self.peers.tile(peer) {
                    self.view.later(move || tile.channel.set(Some(cause)));
                }
            }
            Effect::Seated { .. } => self.on_seated(),
            Effect::Refused { message, .. } => self.on_refused(&message),
            Effect::TakenOver => self.on_refused(texts().notices.taken_over),
            Effect::Problem { message, .. } => self.notify(Tone::Problem, &message),
            Effect::Measure => self.measure(),
            Effect::Stats { peer, stats } => self.stats.keep(self.state, peer, stats),
            Effect::PeerAdded(info) => {
                self.peers.add(&info);
                self.chime(Chime::Joined);
            }
            Effect::PeerRemoved(peer) => {
                self.voices.forget(peer);
                self.peers.remove(peer);
                self.chime(Chime::Left);
            }
            Effect::PeerChanged(info) => {
                if let Some(tile) = self.peers.tile(info.id) {
                    self.view.later(move || {
                        tile.name.set(info.name.as_str().into());
                        tile.media.set(info.media);
                    });
                }
            }
            Effect::ChatChanged { new } => self.chat_changed(new),
            Effect::Hands(hands) => {
                let shown = self.state.chat.hands;
                self.view.later(move || shown.set(hands));
            }
            Effect::Reactions(reactions) => {
                let shown = self.state.chat.reactions;
                self.view.later(move || shown.set(reactions));
            }
            Effect::Pointers(pointing) => {
                let signals = self.state.pointing;
                self.view.later(move || signals.show(pointing));
            }
            Effect::File(effect) => self.perform_file(effect),
            Effect::Away { peer, away } => {
                if let Some(tile) = self.peers.tile(peer) {
                    self.view.later(move || tile.away.set(away));
                }
            }
            Effect::Reach { peer, reach } => {
                self.peers.set_reach(peer, reach);
                if let Some(tile) = self.peers.tile(peer) {
                    self.view.later(move || tile.reach.set(reach));
                }
            }
        }
    }

    fn chime(&self, chime: Chime) {
        if self.phase() == Phase::Call && self.state.look.sounds.get_untracked() {
            let speaker = self.state.sink.get_untracked();
            self.chimes
                .ring(now(), chime, self.peers.tiles().len() + 1, speaker.as_deref());
        }
    }

    fn open(self: &Rc<Self>, peer: PeerId, setup: &Setup<'_>) {
        let id = setup.id;
        // A new connection has new channels.
        if let Some(tile) = self.peers.tile(peer) {
            self.view.later(move || tile.channel.set(None));
        }
        let handle = self.handle();
        let tell: Tell = Rc::new(move |input| handle.with(|session| session.dispatch(input)));
        match self.peers.open(peer, setup, tell) {
            Ok(connection) if connection.has_transceivers() => self.begin_media(peer, &connection),
            Ok(_) => {}
            Err(_) if self.peers.cannot_connect() => self.dispatch(Input::Unsupported { connection: id }),
            // The browser refuses to make one (too many, or a malformed ICE server): the tile says so.
            Err(_) => self.dispatch(Input::ConnectionState {
                connection: id,
                state: ConnectionState::Failed,
            }),
        }
    }

    fn operate(self: &Rc<Self>, id: ConnectionId, operation: Operation) {
        let Some((peer, connection)) = self.peers.connection(id) else {
            return;
        };
        let session = Rc::clone(self);
        spawn(async move {
            let had_transceivers = connection.has_transceivers();
            let outcome = connection.operate(operation).await;
            if !had_transceivers && connection.has_transceivers() {
                session.begin_media(peer, &connection);
            }
            session.dispatch(Input::Operated {
                connection: id,
                outcome,
            });
        });
    }

    /// The transceivers are there: sends what this page sends, and lets the tile play what comes.
    fn begin_media(&self, peer: PeerId, connection: &Connection) {
        for source in Source::ALL {
            connection.begin(source, self.track(source).as_ref());
        }
        self.peers.play(peer, connection);
    }
}
