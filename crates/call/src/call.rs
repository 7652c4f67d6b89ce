//! The whole of a call: takes inputs to where they belong.

mod server;

use std::time::Duration;

use protocol::{ClientMessage, CloseCode, PeerId, PeerInfo, PeerMessage};

use crate::chat::Chat;
use crate::clock::Clock;
use crate::files::Files;
use crate::gestures::Gestures;
use crate::mesh::Mesh;
use crate::mesh::channels::{Heard, Said};
use crate::pointer::Pointers;
use crate::quality::QualitySettings;
use crate::repair::Event;
use crate::roster::{Put, Roster};
use crate::seat::Seat;
use crate::sizes::Sizes;
use crate::{ConnectionId, ConnectionState, Effect, Input, Role};

/// The whole of a call: our place in the room, who else is in it, and a connection to each of them.
///
/// The caller opens sockets and connects again when one is lost; it says so ([`Input::SocketOpened`],
/// [`Input::SocketLost`]) and passes on everything that the server says. What is sent, and what is sent again, is asked
/// for here.
#[derive(Debug)]
pub struct Call {
    seat: Seat,
    roster: Roster,
    mesh: Mesh,
    sizes: Sizes,
    /// Of the chat and of hands.
    clock: Clock,
    chat: Chat,
    gestures: Gestures,
    pointers: Pointers,
    files: Files,
    unknown: u64,
}

impl Call {
    /// A call that has not joined a room yet. `seed` is a random number, another one for each call.
    #[must_use]
    pub fn new(seed: u64, settings: QualitySettings) -> Self {
        Self {
            seat: Seat::default(),
            roster: Roster::default(),
            mesh: Mesh::new(seed),
            sizes: Sizes::new(settings),
            clock: Clock::default(),
            chat: Chat::default(),
            gestures: Gestures::default(),
            pointers: Pointers::default(),
            files: Files::default(),
            unknown: 0,
        }
    }

    /// Takes in what has happened at `now` (the time since some fixed start; it never goes back) and returns what is to
    /// be done about it, in order. An input about a connection or a peer that is gone is no error: it is ignored.
    #[must_use]
    pub fn handle(&mut self, now: Duration, input: Input) -> Vec<Effect> {
        let mut effects = Vec::new();
        let out = &mut effects;
        match input {
            Input::Join { room, name, media } => self.seat.join(now, (room, name, media), out),
            Input::Update { name, media } => self.seat.update(name, media, out),
            Input::SocketOpened => {
                self.mesh.all(now, Event::Server(false), out);
                self.seat.opened(now, self.roster.ids(), out);
            }
            Input::Server(frame) => {
                self.seat.heard(now);
                self.server(now, frame, out);
            }
            Input::SocketLost { code } => {
                self.seat.lost();
                self.mesh.all(now, Event::Server(false), out);
                if code == Some(CloseCode::TakenOver.code()) && self.seat.me().is_some() {
                    self.end(out);
                    out.push(Effect::TakenOver);
                }
            }
            Input::Online { changed } => {
                self.seat.doubt(now, changed, out);
                let event = if changed { Event::NetworkChanged } else { Event::Woken };
                self.mesh.all(now, event, out);
            }
            Input::Operated { connection, outcome } => self.mesh.operated(now, connection, outcome, out),
            Input::Unsupported { connection } => self.mesh.unsupported(now, connection, out),
            Input::LocalCandidate { connection, candidate } => {
                self.mesh.local_candidate(now, connection, candidate, out);
            }
            Input::RelayFailed { connection, code } => self.mesh.relay_failed(now, connection, code, out),
            Input::NegotiationNeeded { connection } => self.mesh.negotiation_needed(now, connection, out),
            Input::ConnectionState { connection, state } => {
                let is_ours = self.mesh.state(now, connection, state, out);
                if is_ours && matches!(state, ConnectionState::Disconnected | ConnectionState::Failed) {
                    // What has cut one path may have cut all.
                    self.seat.doubt(now, true, out);
                }
            }
            Input::Silent { peer, silent: true } => {
                self.seat.doubt(now, true, out);
                let expected = self.roster.sends(peer, self.sizes.asks_for_picture(peer));
                self.mesh.one(now, peer, Event::Silent { expected }, out);
            }
            Input::Silent { peer, silent: false } => self.mesh.one(now, peer, Event::Heard, out),
            Input::Retry { peer } => self.mesh.one(now, peer, Event::Retry, out),
            Input::Look => self.mesh.look(self.seat.is_live(), out),
            Input::Measured { stats } => self.mesh.measured(&stats, out),
            Input::Tick => {
                if self.seat.tick(now, out) {
                    self.mesh.all(now, Event::Server(false), out);
                }
                self.mesh.all(now, Event::Tick, out);
                self.mesh.channels_tick(now, out);
            }
            Input::ChannelOpened { connection } => self.channel(now, connection, Heard::Opened, out),
            Input::ChannelClosed { connection } => {
                self.channel(now, connection, Heard::Closed, out);
                self.files.closed(connection, out);
            }
            Input::ChannelReceived {
                connection,
                lane,
                bytes,
            } => self.channel(now, connection, Heard::Received(lane, &bytes), out),
            Input::ChannelFull { connection, lane } => self.channel(now, connection, Heard::Full(lane), out),
            Input::ChannelDrained { connection, lane } => self.channel(now, connection, Heard::Drained(lane), out),
            Input::Shown { peer, source, size } => {
                if self.roster.contains(peer) {
                    self.sizes.show(now, peer, source, size);
                }
            }
            Input::OwnShown(size) => self.sizes.show_own(now, size),
            Input::LowData(on) => self.sizes.set_low_data(now, on, &mut self.mesh, out),
            Input::OriginalSound(on) => self.sizes.set_original_sound(now, on),
            Input::Captured { source, capture } => self.sizes.captured(now, source, capture),
            Input::Stats(stats) => {
                self.files.stats(now, &stats);
                self.sizes.stats(now, stats);
            }
            Input::Say { id, text } => self.chat.say(now, (id, &text), &mut self.clock, &mut self.mesh, out),
            Input::RaiseHand(up) => self.gestures.raise(now, up, &mut self.clock, &mut self.mesh, out),
            Input::React(emoji) => self.gestures.react(now, emoji, &mut self.mesh, out),
            Input::Point { share, at } => self.pointers.point(now, share, at),
            Input::Draw { share, at } => self.pointers.draw(now, share, at),
            Input::LetPoint(on) => self.pointers.let_point(now, on, &mut self.mesh, out),
            Input::File(input) => self.files.handle(now, input, out),
            Input::Leave => {
                self.seat.leave(out);
                self.clear(out);
            }
        }
        self.sizes.poll(now, &mut self.mesh, out);
        self.chat.poll(now, self.seat.me(), &self.mesh, out);
        self.gestures.poll(now, self.seat.me(), &mut self.mesh, out);
        let (me, media) = (self.seat.me(), self.seat.media());
        self.pointers.poll(now, me, media, &mut self.mesh, out);
        self.files.poll(now, &mut self.mesh, out);
        let seat = &mut self.seat;
        effects.retain_mut(|effect| match effect {
            Effect::Send(frame) => seat.post(frame),
            _ => true,
        });
        effects
    }

    /// Who we are in the room, once we have a seat.
    #[must_use]
    pub fn me(&self) -> Option<PeerId> {
        self.seat.me().map(|me| me.id)
    }

    /// What takes the seat back so that it can be given up with `leave`, where the person is about to leave and the server cannot be told:
    /// ask before [`Input::Leave`]. `online`: the browser knows of a network. To be said on a socket of its own, as long as the seat is kept
    /// ([`protocol::limits::GRACE`]).
    #[must_use]
    pub fn farewell(&self, online: bool) -> Option<ClientMessage> {
        self.seat.farewell(online)
    }

    /// With what congestion control is to begin on a connection to this peer, in bit/s.
    #[must_use]
    pub fn start_bitrate(&self, peer: PeerId) -> u32 {
        self.sizes.start_bitrate(peer)
    }

    /// Whether somebody's media has stopped and waits for the server: nothing can be repaired without it, so the next socket
    /// should not be waited for as long as usual ([`crate::Backoff`]). What works needs no server.
    #[must_use]
    pub fn is_urgent(&self, now: Duration) -> bool {
        self.mesh.is_urgent(now)
    }

    /// When [`Input::Tick`] is due, if nothing else comes before; the same clock as in [`Call::handle`].
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        // `min` of two options would take none for the earliest.
        let deadlines = [
            self.mesh.deadline(),
            self.seat.deadline(),
            self.sizes.deadline(),
            self.chat.deadline(),
            self.gestures.deadline(),
            self.pointers.deadline(),
            self.files.deadline(),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// Something happened to a connection's data channels, and a peer may have said something.
    fn channel(&mut self, now: Duration, connection: ConnectionId, heard: Heard<'_>, effects: &mut Vec<Effect>) {
        for (peer, said) in self.mesh.channel_heard(now, connection, heard, effects) {
            match said {
                Said::Ready { features, restarted } => {
                    let page = (features, restarted);
                    self.chat.ready(now, peer, page, &mut self.mesh, effects);
                    self.gestures.ready(peer, restarted);
                    self.pointers.ready(peer, restarted);
                    self.files.ready(peer, connection, page, effects);
                }
                Said::Message(PeerMessage::Sizes(sizes)) => self.sizes.wished(now, peer, sizes),
                Said::Message(PeerMessage::Chat(line)) => self.chat.heard(now, peer, &line, &mut self.clock),
                Said::Message(PeerMessage::Hand(hand)) => self.gestures.hand(peer, hand, &mut self.clock),
                Said::Message(PeerMessage::Reaction(reaction)) => self.gestures.reaction(now, peer, reaction),
                Said::Message(PeerMessage::Pointer(pointer)) => self.pointers.heard(now, peer, &pointer),
                Said::Message(PeerMessage::Share(share)) => self.pointers.share(peer, share),
                Said::Message(
                    message @ (PeerMessage::FileOffer(_) | PeerMessage::FileAnswer(_) | PeerMessage::FileEnd(_)),
                ) => self.files.heard(now, peer, &message, effects),
            }
        }
    }

    /// What has been said in the chat, while we are in the room. [`Effect::ChatChanged`] says when to look.
    #[must_use]
    pub fn chat(&self) -> &Chat {
        &self.chat
    }

    /// Whether a peer's page has said that it takes files.
    #[must_use]
    pub fn takes_files(&self, peer: PeerId) -> bool {
        self.files.takes_files(peer)
    }

    /// What came from a newer server or page and means nothing to this one: messages, signals, error codes. It was skipped.
    #[must_use]
    pub fn unknown(&self) -> u64 {
        self.unknown
    }

    fn add(&mut self, now: Duration, peer: PeerInfo, effects: &mut Vec<Effect>) {
        let Some(me) = self.seat.me().filter(|me| me.id != peer.id) else {
            return;
        };
        let role = if (me.order, me.id) < (peer.order, peer.id) {
            Role::Offerer
        } else {
            Role::Answerer
        };
        let id = peer.id;
        match self.roster.put(peer.clone()) {
            Put::Added => {
                effects.push(Effect::PeerAdded(peer));
                self.mesh.add(now, id, role, effects);
            }
            Put::Changed => effects.push(Effect::PeerChanged(peer)),
            Put::Same => {}
        }
    }

    fn remove(&mut self, peer: PeerId, effects: &mut Vec<Effect>) {
        if self.roster.remove(peer) {
            self.mesh.remove(peer, effects);
            effects.push(Effect::PeerRemoved(peer));
        }
    }

    /// The call is over: neither has a seat nor wants one.
    fn end(&mut self, effects: &mut Vec<Effect>) {
        self.seat.give_up();
        self.clear(effects);
    }

    fn clear(&mut self, effects: &mut Vec<Effect>) {
        for peer in self.roster.ids() {
            self.remove(peer, effects);
        }
        self.clock = Clock::default();
        self.chat.forget();
        self.gestures.forget();
        self.pointers.forget();
        self.files.forget();
    }
}
