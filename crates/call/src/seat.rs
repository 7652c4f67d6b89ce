//! Our place in the room, and the socket that it is held by. The place outlives the socket.

use std::time::Duration;

use protocol::{ClientMessage, ErrorCode, Media, Numbered, PeerId, PeerInfo, Resume};

use crate::Effect;
use crate::resend::Resend;

/// How long the server may take to answer, before the socket is taken for dead.
const ANSWER: Duration = Duration::from_secs(5);

/// The same, where media has stopped as well or the network is another one: then the socket most likely leads nowhere, and
/// another one costs little.
const SOON: Duration = Duration::from_secs(1);

/// After so long a silence the server is asked for a word. A browser does not show its pages the server's pings, and a
/// socket whose network has gone away would go unnoticed for minutes.
const SILENCE: Duration = Duration::from_secs(15);

/// The socket, as far as the seat goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Line {
    #[default]
    Down,
    /// Open, and nothing has been asked for.
    Open,
    /// A seat has been asked for.
    Asked,
    /// Our seat's.
    Live,
}

/// What the person wants to be in the room, and so what the server is to believe.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wish {
    room: String,
    name: String,
    media: Media,
}

/// The seat that the server gave us.
#[derive(Debug)]
struct Held {
    me: PeerInfo,
    token: String,
    /// Counted messages that came since its newest `joined`.
    received: u64,
    resend: Resend,
    /// The server has skipped some since then, and was asked again.
    had_gap: bool,
}

/// What the number of a counted message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// It is the next one.
    Next,
    /// It has come before.
    Again,
    /// There are some before it that never came. Resuming brings them and this one.
    Missed,
    /// The same, and that was of no use: those are lost.
    Lost,
}

/// Our place in the room.
#[derive(Debug, Default)]
pub(crate) struct Seat {
    line: Line,
    wish: Option<Wish>,
    /// What the server was told in the newest `join` or `update`.
    told: Option<Wish>,
    held: Option<Held>,
    /// When the server last said something.
    heard: Duration,
    /// Until when an answer is waited for.
    waiting: Option<Duration>,
}

impl Seat {
    /// Who we are in the room.
    pub(crate) fn me(&self) -> Option<&PeerInfo> {
        self.held.as_ref().map(|held| &held.me)
    }

    /// What we send, while we are in the room or want in.
    pub(crate) fn media(&self) -> Option<Media> {
        self.wish.as_ref().map(|wish| wish.media)
    }

    /// Whether what we say reaches the room.
    pub(crate) fn is_live(&self) -> bool {
        self.line == Line::Live
    }

    /// Whether the answer to a `join` is waited for.
    pub(crate) fn is_asking(&self) -> bool {
        self.line == Line::Asked
    }

    /// The person wants in.
    pub(crate) fn join(
        &mut self,
        now: Duration,
        (room, name, media): (String, String, Media),
        effects: &mut Vec<Effect>,
    ) {
        if self.wish.is_none() {
            self.wish = Some(Wish { room, name, media });
            if self.line == Line::Open {
                self.ask(now, Vec::new(), effects);
            }
        }
    }

    /// There is a socket. `known` are the others in the room.
    pub(crate) fn opened(&mut self, now: Duration, known: Vec<PeerId>, effects: &mut Vec<Effect>) {
        self.line = Line::Open;
        self.heard = now;
        self.ask(now, known, effects);
    }

    /// The socket is gone.
    pub(crate) fn lost(&mut self) {
        self.line = Line::Down;
        self.waiting = None;
    }

    /// The person is called something else, or sends something else.
    pub(crate) fn update(&mut self, name: String, media: Media, effects: &mut Vec<Effect>) {
        if let Some(wish) = &mut self.wish {
            wish.name = name;
            wish.media = media;
            self.tell(effects);
        }
    }

    /// What takes the seat back so that it can be given up, where there is one and the server cannot be told now.
    pub(crate) fn farewell(&self, online: bool) -> Option<ClientMessage> {
        // What is said over a socket that is in doubt may reach nobody.
        if self.line == Line::Live && self.waiting.is_none() && online {
            return None;
        }
        self.held.as_ref()?;
        self.asking(Vec::new())
    }

    /// The person leaves. What was asked for on this socket cannot be asked for on it again.
    pub(crate) fn leave(&mut self, effects: &mut Vec<Effect>) {
        if matches!(self.line, Line::Asked | Line::Live) {
            effects.push(Effect::Send(ClientMessage::Leave.into()));
            self.lost();
        }
        self.give_up();
    }

    /// Neither has a seat nor wants one.
    pub(crate) fn give_up(&mut self) {
        self.wish = None;
        self.held = None;
        if self.line != Line::Down {
            self.line = Line::Open;
        }
        self.waiting = None;
    }

    /// The server has said something, whatever it was.
    pub(crate) fn heard(&mut self, now: Duration) {
        self.heard = now;
        if self.line == Line::Live {
            self.waiting = None;
        }
    }

    /// It was a counted message, with this number; 0 where it does not say.
    pub(crate) fn count(&mut self, number: u64) -> Counted {
        let Some(held) = &mut self.held else {
            return Counted::Again;
        };
        let next = held.received.saturating_add(1);
        if number != 0 && number < next {
            return Counted::Again;
        }
        let has_gap = number > next;
        if has_gap && !std::mem::replace(&mut held.had_gap, true) {
            return Counted::Missed;
        }
        held.received = number.max(next);
        if has_gap { Counted::Lost } else { Counted::Next }
    }

    /// `joined`: whether it is the seat that we had.
    pub(crate) fn joined(&mut self, me: PeerInfo, token: String, effects: &mut Vec<Effect>) -> bool {
        let resumed = self.held.as_ref().is_some_and(|held| held.me.id == me.id);
        self.held = Some(Held {
            me,
            token,
            received: 0,
            resend: Resend::default(),
            had_gap: false,
        });
        self.seated(resumed, effects);
        resumed
    }

    /// `resumed`: sends what has not arrived. Returns whether some of it is forgotten.
    pub(crate) fn resumed(&mut self, token: String, received: u64, effects: &mut Vec<Effect>) -> bool {
        let Some(held) = &mut self.held else { return false };
        held.token = token;
        let (again, has_gap) = held.resend.take_after(received);
        self.seated(true, effects);
        // The `join` has carried what an update would say.
        let again = again
            .into_iter()
            .filter(|message| !matches!(message, ClientMessage::Update { .. }));
        effects.extend(again.map(|message| Effect::Send(message.into())));
        has_gap
    }

    fn seated(&mut self, resumed: bool, effects: &mut Vec<Effect>) {
        self.line = Line::Live;
        self.waiting = None;
        effects.push(Effect::Seated { resumed });
    }

    /// Our seat cannot be taken back: asks for another. Returns false where it was another that was asked for.
    pub(crate) fn start_over(&mut self, now: Duration, code: ErrorCode, effects: &mut Vec<Effect>) -> bool {
        let is_gone = matches!(code, ErrorCode::InvalidResume | ErrorCode::SeatGone);
        let starts_over = is_gone && self.held.take().is_some();
        if starts_over {
            self.ask(now, Vec::new(), effects);
        }
        starts_over
    }

    /// Tells the server what we are, if it believes something else.
    pub(crate) fn tell(&mut self, effects: &mut Vec<Effect>) {
        if let Some(wish) = self.wish.as_ref().filter(|_| self.line == Line::Live)
            && self.told.as_ref() != Some(wish)
        {
            let (name, media) = (wish.name.clone(), wish.media);
            effects.push(Effect::Send(ClientMessage::Update { name, media }.into()));
            self.told = Some(wish.clone());
        }
    }

    /// Whether this can be said now. What is counted and cannot be waits for its time.
    /// It gets its number here.
    pub(crate) fn post(&mut self, frame: &mut Numbered<ClientMessage>) -> bool {
        if !frame.message.is_counted() {
            return true;
        }
        let Some(held) = &mut self.held else { return false };
        frame.number = held.resend.push(frame.message.clone());
        self.line == Line::Live
    }

    /// There is reason to doubt the socket: the server is asked for a word. `grave`: there is little hope for it.
    pub(crate) fn doubt(&mut self, now: Duration, grave: bool, effects: &mut Vec<Effect>) {
        if let Some(wish) = self.wish.as_ref().filter(|_| self.line == Line::Live)
            && self.waiting.is_none()
        {
            let room = wish.room.clone();
            effects.push(Effect::Send(ClientMessage::Peek { room }.into()));
            self.waiting = Some(now + if grave { SOON } else { ANSWER });
        }
    }

    /// When [`Self::tick`] is due.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        match self.line {
            Line::Live => self.waiting.or(Some(self.heard + SILENCE)),
            _ => self.waiting,
        }
    }

    /// Time has passed. Returns whether the socket is taken for dead.
    pub(crate) fn tick(&mut self, now: Duration, effects: &mut Vec<Effect>) -> bool {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return false;
        }
        if self.waiting.is_none() {
            self.doubt(now, false, effects);
            return false;
        }
        self.lost();
        effects.push(Effect::Reconnect);
        true
    }

    /// The `join` for what is wished, which takes the seat back where there is one.
    fn asking(&self, known: Vec<PeerId>) -> Option<ClientMessage> {
        let wish = self.wish.as_ref()?;
        let resume = self.held.as_ref().map(|held| Resume {
            token: held.token.clone(),
            received: held.received,
            known,
        });
        Some(ClientMessage::Join {
            room: wish.room.clone(),
            name: wish.name.clone(),
            media: wish.media,
            resume,
        })
    }

    fn ask(&mut self, now: Duration, known: Vec<PeerId>, effects: &mut Vec<Effect>) {
        let (Some(wish), Some(join)) = (&self.wish, self.asking(known)) else {
            return;
        };
        effects.push(Effect::Send(join.into()));
        self.told = Some(wish.clone());
        self.line = Line::Asked;
        self.waiting = Some(now + 2 * ANSWER);
    }
}
