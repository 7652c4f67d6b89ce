//! Messages of every delivery, and two pages that say them to each other over a wire without delay.
#![allow(dead_code, unreachable_pub, missing_docs)]

use std::collections::VecDeque;
use std::num::NonZeroU64;
use std::time::Duration;

use call::ConnectionId;
use call::channel::{Channel, Ended, Input, Output, Refused};
use protocol::peer_message::{Delivery, Features, Hello, Lane, Payload, read_fields, write_fields};

/// What is said. The number tells one from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Talk {
    Mood(u32),
    Place(u32),
    Line(u32, String),
    Clap(u32),
    Point(u32),
    /// Of a later version: it can be said, and nobody understands it.
    Later(u32, Vec<u8>),
}

pub const LATER: u32 = 105;

pub fn line(n: u32) -> Talk {
    Talk::Line(n, String::new())
}

impl Payload for Talk {
    fn tag(&self) -> u32 {
        match self {
            Self::Mood(_) => 100,
            Self::Place(_) => 101,
            Self::Line(..) => 102,
            Self::Clap(_) => 103,
            Self::Point(_) => 104,
            Self::Later(..) => LATER,
        }
    }

    fn delivery(&self) -> Delivery {
        match self {
            Self::Mood(_) | Self::Place(_) => Delivery::State,
            Self::Line(..) | Self::Later(..) => Delivery::Event,
            Self::Clap(_) => Delivery::Momentary,
            Self::Point(_) => Delivery::Lossy,
        }
    }

    fn write(&self, buffer: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Mood(n) | Self::Place(n) | Self::Clap(n) | Self::Point(n) => write_fields(n, buffer),
            Self::Line(n, text) => write_fields(&(n, text), buffer),
            Self::Later(n, more) => write_fields(&(n, more), buffer),
        }
    }

    fn read(tag: u32, fields: &[u8]) -> Option<Self> {
        match tag {
            100 => read_fields(fields).map(Self::Mood),
            101 => read_fields(fields).map(Self::Place),
            102 => read_fields(fields).map(|(n, text)| Self::Line(n, text)),
            103 => read_fields(fields).map(Self::Clap),
            104 => read_fields(fields).map(Self::Point),
            _ => None,
        }
    }
}

pub fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

pub fn channel(session: u64) -> Channel<Talk> {
    Channel::new(NonZeroU64::new(session).expect("no zero"), Features(session))
}

/// One page: its channel, what it was told, and what it has sent that nobody took yet.
pub struct Page {
    pub channel: Channel<Talk>,
    pub heard: Vec<Talk>,
    pub hellos: Vec<(Hello, bool, Vec<Talk>)>,
    pub closed: Vec<Ended>,
    pub sent: VecDeque<(Lane, Vec<u8>)>,
}

impl Page {
    pub fn new(session: u64) -> Self {
        Self {
            channel: channel(session),
            heard: Vec::new(),
            hellos: Vec::new(),
            closed: Vec::new(),
            sent: VecDeque::new(),
        }
    }

    pub fn handle(&mut self, now: Duration, input: Input<'_>) {
        let outputs = self.channel.handle(now, input);
        self.perform(outputs);
    }

    pub fn say(&mut self, now: Duration, message: &Talk) -> Result<(), Refused> {
        let outputs = self.channel.send(now, message)?;
        self.perform(outputs);
        Ok(())
    }

    pub fn receive(&mut self, now: Duration, connection: ConnectionId, lane: Lane, bytes: &[u8]) {
        let input = Input::Received {
            connection,
            lane,
            bytes,
        };
        self.handle(now, input);
    }

    /// Ticks whenever a tick is due, up to and including `until`.
    pub fn pass(&mut self, now: &mut Duration, until: Duration) {
        for _ in 0..100_000 {
            match self.channel.next_deadline() {
                Some(due) if due <= until => {
                    *now = due.max(*now);
                    self.handle(*now, Input::Tick);
                }
                _ => {
                    *now = until;
                    return;
                }
            }
        }
        panic!("a deadline that never passes: {:?}", self.channel);
    }

    pub fn take_heard(&mut self) -> Vec<Talk> {
        std::mem::take(&mut self.heard)
    }

    pub fn take_sent(&mut self) -> Vec<(Lane, Vec<u8>)> {
        self.sent.drain(..).collect()
    }

    fn perform(&mut self, outputs: Vec<Output<Talk>>) {
        for output in outputs {
            match output {
                Output::Send { lane, bytes, .. } => self.sent.push_back((lane, bytes)),
                Output::Ready {
                    peer,
                    restarted,
                    undelivered,
                } => self.hellos.push((peer, restarted, undelivered)),
                Output::Message(message) => self.heard.push(message),
                Output::Close { cause, .. } => self.closed.push(cause),
            }
        }
    }
}

/// Ada and Grace, and how late it is.
pub struct Two {
    pub ada: Page,
    pub grace: Page,
    pub now: Duration,
    pub connection: ConnectionId,
}

impl Two {
    pub fn new() -> Self {
        Self {
            ada: Page::new(1),
            grace: Page::new(2),
            now: millis(1_000),
            connection: ConnectionId(0),
        }
    }

    /// Both have said hello.
    pub fn ready() -> Self {
        let mut two = Self::new();
        two.open();
        two.carry();
        two
    }

    /// Another connection: what is on its way is lost.
    pub fn open(&mut self) {
        self.connection.0 += 1;
        let connection = self.connection;
        for page in [&mut self.ada, &mut self.grace] {
            page.sent.clear();
            page.handle(self.now, Input::Opened { connection });
        }
    }

    pub fn close(&mut self) {
        let connection = self.connection;
        for page in [&mut self.ada, &mut self.grace] {
            page.sent.clear();
            page.handle(self.now, Input::Closed { connection });
        }
    }

    /// Carries frames until nobody has any more, without time passing.
    pub fn carry(&mut self) {
        loop {
            let (from_ada, from_grace) = (self.ada.take_sent(), self.grace.take_sent());
            if from_ada.is_empty() && from_grace.is_empty() {
                return;
            }
            for (lane, bytes) in from_ada {
                self.grace.receive(self.now, self.connection, lane, &bytes);
            }
            for (lane, bytes) in from_grace {
                self.ada.receive(self.now, self.connection, lane, &bytes);
            }
        }
    }

    /// Time passes, and frames are carried as it does.
    pub fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        for _ in 0..100_000 {
            self.carry();
            let due = [&self.ada, &self.grace]
                .into_iter()
                .filter_map(|page| page.channel.next_deadline());
            match due.min().filter(|due| *due <= until) {
                Some(due) => self.now = due.max(self.now),
                None => break,
            }
            self.ada.handle(self.now, Input::Tick);
            self.grace.handle(self.now, Input::Tick);
        }
        self.now = until;
    }
}
