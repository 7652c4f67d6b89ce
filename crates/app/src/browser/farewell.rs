//! Leaving while the server cannot be reached: it is told as soon as it can be, so that the others need not wait for the seat to lapse.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use protocol::limits::GRACE;
use protocol::{ClientMessage, ServerMessage};

use super::session::now;
use super::socket::{Socket, SocketEvent};
use super::timer::Timer;

/// The next attempt comes so long after the last one failed, or after it began where it still hangs.
const AGAIN: Duration = Duration::from_secs(3);
const UNANSWERED: Duration = Duration::from_secs(10);

/// Takes the seat back, for as long as the server keeps it, to give it up.
#[derive(Clone)]
pub(super) struct Farewell(Rc<Inner>);

struct Inner {
    /// A `join` that takes the seat back.
    join: ClientMessage,
    until: Duration,
    socket: RefCell<Option<Socket>>,
    again: Timer,
    over: Cell<bool>,
}

impl Farewell {
    /// Begins to try. Dropping the last one ends it.
    pub(super) fn begin(join: ClientMessage) -> Self {
        let farewell = Self(Rc::new(Inner {
            join,
            until: now() + GRACE,
            socket: RefCell::default(),
            again: Timer::default(),
            over: Cell::new(false),
        }));
        farewell.try_now();
        farewell
    }

    /// The network may be back.
    pub(super) fn try_now(&self) {
        if self.0.over.get() || now() >= self.0.until {
            return;
        }
        let weak = Rc::downgrade(&self.0);
        let socket = Socket::open(move |event| {
            if let Some(inner) = weak.upgrade() {
                Self(inner).hear(event);
            }
        });
        self.0.socket.replace(socket);
        self.try_after(UNANSWERED);
    }

    fn try_after(&self, time: Duration) {
        let weak = Rc::downgrade(&self.0);
        self.0.again.set(time, move || {
            if let Some(inner) = weak.upgrade() {
                Self(inner).try_now();
            }
        });
    }

    fn hear(&self, event: SocketEvent) {
        let is_over = self.answer(event);
        // Nobody else closes it.
        if is_over {
            drop(self.0.socket.take());
        }
    }

    /// Returns true if the socket is of no more use.
    fn answer(&self, event: SocketEvent) -> bool {
        let socket = self.0.socket.borrow();
        let Some(socket) = &*socket else { return false };
        match event {
            SocketEvent::Opened => socket.send(&self.0.join.clone().into()),
            SocketEvent::Message(frame) => {
                let is_seated = matches!(
                    frame.message,
                    ServerMessage::Joined { .. } | ServerMessage::Resumed { .. }
                );
                if is_seated {
                    socket.send(&ClientMessage::Leave.into());
                }
                // The seat may be gone already. Either way there is nothing more to say.
                let is_refused = matches!(frame.message, ServerMessage::Error { .. });
                if is_seated || is_refused {
                    self.0.over.set(true);
                    self.0.again.clear();
                }
                return is_refused;
            }
            SocketEvent::Closed(_) => {
                if !self.0.over.get() {
                    self.try_after(AGAIN);
                }
                return true;
            }
        }
        false
    }
}
