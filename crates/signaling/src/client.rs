//! What one client says, and what that does.

use std::sync::Arc;

use protocol::{
    ClientMessageOf, DisplayName, ErrorCode, InvalidName, InvalidRoomId, LeaveReason, Media, PeerId, Resume, RoomId,
    ServerMessage, SignalOf, Text,
};
use tokio::time::Instant;

use crate::guest::{Act, Guest};
use crate::hub::{Newcomer, Probe, Seat};
use crate::outbox::Outbox;
use crate::socket::{End, Session, Shared};

/// A client: without a seat at first, with one after its `join`.
#[derive(Debug)]
pub(crate) struct Client {
    peer: PeerId,
    /// By which host its page has reached this server.
    host: Option<Box<str>>,
    outbox: Arc<Outbox>,
    seat: Option<Seat>,
    /// Whose its probe will be. `None` once it has probed.
    prober: Option<PeerId>,
    probe: Option<Probe>,
    /// Who shares its bounds.
    guest: Option<Guest>,
}

/// Why a message was not done.
struct Refusal {
    code: ErrorCode,
    message: String,
    peer: Option<PeerId>,
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Self {
            code,
            message: code.sentence().into(),
            peer: None,
        }
    }
}

impl From<InvalidRoomId> for Refusal {
    fn from(fault: InvalidRoomId) -> Self {
        Self {
            message: fault.to_string(),
            ..ErrorCode::InvalidRoom.into()
        }
    }
}

impl From<InvalidName> for Refusal {
    fn from(fault: InvalidName) -> Self {
        Self {
            message: fault.to_string(),
            ..ErrorCode::InvalidName.into()
        }
    }
}

impl Client {
    pub(crate) fn new(session: &Session, outbox: Arc<Outbox>, guest: Option<Guest>) -> Self {
        Self {
            peer: session.peer,
            host: session.host.clone(),
            outbox,
            seat: None,
            prober: Some(session.prober),
            probe: None,
            guest,
        }
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Does what one message says, or answers why not.
    ///
    /// # Errors
    /// [`End::Left`] when the client leaves.
    pub(crate) fn handle(&mut self, shared: &Shared, bytes: &[u8]) -> Result<(), End> {
        // Signals are most of what is said, and long: their texts stay where they are until they are written again.
        let Ok(frame) = self.outbox.encoding().decode_frame::<ClientMessageOf<Text<'_>>>(bytes) else {
            self.refuse(shared, ErrorCode::BadMessage);
            return Ok(());
        };
        let number = frame.number;
        let done = match frame.message {
            ClientMessageOf::Leave => return Err(End::Left),
            ClientMessageOf::Peek { room } => self.peek(shared, &room),
            ClientMessageOf::Join {
                room,
                name,
                media,
                resume,
            } => match &self.seat {
                Some(_) => Err(ErrorCode::AlreadyJoined.into()),
                None => self.join(shared, &room, &name, media, resume),
            },
            ClientMessageOf::Signal { to, signal } => {
                let relayed = self.relay(shared, number, to, signal, bytes);
                relayed.map_err(|code| Refusal {
                    peer: Some(to),
                    ..code.into()
                })
            }
            ClientMessageOf::Update { name, media } => self.update(number, &name, media),
            ClientMessageOf::Probe => self.probe(shared).map_err(Refusal::from),
            ClientMessageOf::Unknown => self.skip(shared, number),
        };
        if let Err(refusal) = done {
            self.answer(shared, refusal);
        }
        Ok(())
    }

    /// A message of a newer version. Its client does without what it asks for; one that is not counted may be a slip, and is
    /// answered.
    fn skip(&self, shared: &Shared, number: u64) -> Result<(), Refusal> {
        shared.counters.count_unknown();
        match &self.seat {
            Some(seat) if number > 0 => {
                seat.skip(number);
                Ok(())
            }
            _ => Err(ErrorCode::BadMessage.into()),
        }
    }

    /// Tells the client about something that it did wrong.
    pub(crate) fn refuse(&self, shared: &Shared, code: ErrorCode) {
        self.answer(shared, code.into());
    }

    /// When [`Self::renew`] has something to do.
    pub(crate) fn renew_at(&self) -> Option<Instant> {
        self.seat.as_ref()?.renew_at()
    }

    /// Says newer ICE servers if there is a seat and it is time.
    pub(crate) fn renew(&mut self, now: Instant) {
        if let Some(seat) = &mut self.seat {
            seat.renew(now);
        }
    }

    /// Gives the seat back if there is one, for this reason.
    pub(crate) fn leave(&mut self, reason: LeaveReason) {
        if let Some(seat) = self.seat.take() {
            seat.leave(reason);
        }
    }

    /// Gives the seat back if there is one, without a word.
    pub(crate) fn leave_silently(&mut self) {
        if let Some(seat) = self.seat.take() {
            seat.leave_silently();
        }
    }

    /// The socket is lost: the seat is kept for a while if there is one.
    pub(crate) fn lose(&mut self) {
        if let Some(seat) = self.seat.take() {
            seat.lose();
        }
    }

    fn answer(&self, shared: &Shared, refusal: Refusal) {
        let Refusal { code, message, peer } = refusal;
        shared.counters.count_error(code);
        self.outbox.push_message(&ServerMessage::Error { code, message, peer });
    }

    fn may(&self, act: Act) -> Result<(), ErrorCode> {
        match &self.guest {
            Some(Guest(allowance)) if !allowance.may(act) => Err(ErrorCode::AddressBusy),
            _ => Ok(()),
        }
    }

    fn peek(&self, shared: &Shared, room: &str) -> Result<(), Refusal> {
        let room: RoomId = room.parse()?;
        // Of its own room it is how a quiet page asks whether the server is there: that has the socket's own bound.
        if !self.seat.as_ref().is_some_and(|seat| seat.is_in(&room)) {
            self.may(Act::Peek)?;
        }
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let count = number(shared.hub.peek(&room));
        let capacity = number(shared.hub.room_size());
        self.outbox
            .push_message(&ServerMessage::Occupancy { room, count, capacity });
        Ok(())
    }

    fn join(
        &mut self,
        shared: &Shared,
        room: &str,
        name: &str,
        media: Media,
        resume: Option<Resume>,
    ) -> Result<(), Refusal> {
        let room: RoomId = room.parse()?;
        let name: DisplayName = name.parse()?;
        let seat = match resume {
            None => {
                self.may(Act::Join)?;
                // A room that is opened or closed in between is counted otherwise, which changes nothing in the long run.
                if !shared.hub.is_open(&room) {
                    self.may(Act::Room)?;
                }
                let you = Newcomer {
                    peer: self.peer,
                    outbox: &self.outbox,
                    host: self.host.as_deref(),
                };
                shared.hub.join(&you, room, name, media)?
            }
            Some(resume) => {
                let you = (&self.outbox, self.host.as_deref());
                shared.hub.take_back(you, room, name, media, resume)?
            }
        };
        self.seat = Some(seat);
        self.probe = None;
        Ok(())
    }

    fn probe(&mut self, shared: &Shared) -> Result<(), ErrorCode> {
        if self.seat.is_some() {
            return Err(ErrorCode::AlreadyJoined);
        }
        if self.prober.is_some() {
            self.may(Act::Probe)?;
        }
        let prober = self.prober.take().ok_or(ErrorCode::AlreadyProbed)?;
        let (probe, ice_servers) = shared.hub.probe(prober, self.host.as_deref());
        self.probe = Some(probe);
        self.outbox.push_message(&ServerMessage::Probed { ice_servers });
        Ok(())
    }

    fn relay(
        &self,
        shared: &Shared,
        number: u64,
        to: PeerId,
        signal: SignalOf<Text<'_>>,
        frame: &[u8],
    ) -> Result<(), ErrorCode> {
        let seat = self.seat.as_ref().ok_or(ErrorCode::NotJoined)?;
        if !signal.is_within_limits() {
            seat.skip(number);
            return Err(ErrorCode::TooLarge);
        }
        if matches!(signal, SignalOf::Unknown) {
            shared.counters.count_unknown();
        }
        seat.relay(number, to, signal, frame)
    }

    fn update(&self, number: u64, name: &str, media: Media) -> Result<(), Refusal> {
        let seat = self.seat.as_ref().ok_or(ErrorCode::NotJoined)?;
        let name = name.parse().inspect_err(|_: &InvalidName| seat.skip(number))?;
        seat.update(number, name, media)?;
        Ok(())
    }
}
