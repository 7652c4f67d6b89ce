//! Two pages with a connection between them, their disks and their data channels, in virtual time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroU64;
use std::time::Duration;

use fastrand::Rng;
use protocol::peer_message::{Features, FileKind, Lane};
use protocol::{Media, PeerId, PeerInfo, PeerMessage};

use crate::channel::{self, Channel, Output};
use crate::files::shape::Shape;
use crate::files::{FileEffect, FileEnding, FileId, FileInput, FileState, FileView, Files, Tell};
use crate::{ConnectionId, Effect, Role};

/// Was in the room first.
pub(super) const ADA: usize = 0;
pub(super) const BO: usize = 1;

pub(super) type Checked = Result<(), String>;

/// What becomes of a frame, if it arrives at all.
pub(super) type Mangle = fn(Vec<u8>) -> Option<Vec<u8>>;

pub(super) fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

pub(super) fn id(side: usize) -> PeerId {
    PeerId::from_bytes([u8::try_from(side).expect("a side") + 1; 16])
}

/// The bytes of a file, which are others for each file.
pub(super) fn content(number: u64, size: usize) -> Vec<u8> {
    let mut rng = Rng::with_seed(number);
    (0..size).map(|_| rng.u8(..)).collect()
}

/// What the machines of a world are like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) shape: Shape,
    /// One way.
    pub(super) latency: Duration,
    /// Bytes a second that each side can send on file channels.
    pub(super) rate: u64,
    /// The longest that a disk takes for one thing.
    pub(super) disk: Duration,
    /// Of a thousand: frames that arrive with a wrong bit, operations of a disk that fail.
    pub(super) corrupt: u32,
    pub(super) failing: u32,
    /// How long people take to accept a file; nobody accepts anything if they take no time.
    pub(super) decides: Option<Duration>,
}

impl Default for Kind {
    fn default() -> Self {
        Self {
            shape: Shape::SMALL,
            latency: millis(20),
            rate: 100_000,
            disk: millis(5),
            corrupt: 0,
            failing: 0,
            decides: Some(millis(500)),
        }
    }
}

/// Something that will happen.
#[derive(Debug)]
pub(super) enum Event {
    /// A frame of the peer channel arrives.
    Frame(usize, ConnectionId, Vec<u8>),
    /// A message of a file's data channel arrives, or its end.
    Data(usize, ConnectionId, u16, Option<Vec<u8>>),
    Opened(usize, ConnectionId, u16),
    Transmit(usize, ConnectionId),
    /// A page gets an answer of its disk, if it is still the same page.
    Disk(usize, u64, FileInput),
    /// The peer channel is open, or a side learns that it is closed.
    ChannelOpened(usize, ConnectionId),
    ChannelClosed(usize, ConnectionId),
    Input(usize, FileInput),
    /// One of the sides makes another connection.
    Replaced(usize, ConnectionId),
    Do(Action),
}

/// What a plan has in store.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    Offer(usize, usize),
    /// A person cancels or refuses the file with this number among those shown.
    Cancel(usize, usize),
    Dismiss(usize, usize),
    /// Nothing gets through any more.
    Cut,
    /// Another connection.
    Rebuild,
    /// One of the open file channels breaks.
    Break(usize),
    /// The page is loaded anew.
    Restart(usize),
    /// The path is measured.
    Measure(usize, u64),
}

/// One end of a data channel.
#[derive(Debug, Default)]
struct End {
    is_open: bool,
    queue: VecDeque<Vec<u8>>,
    given: u64,
    buffered: u64,
    /// The file that is received here, and the place of what comes next.
    receives: Option<(FileId, u64)>,
}

/// One page.
pub(super) struct Page {
    pub(super) files: Files,
    channel: Channel,
    number: u64,
    connection: Option<ConnectionId>,
    ends: BTreeMap<u16, End>,
    /// Those that were ever made on this connection.
    named: BTreeSet<u16>,
    /// What is sent, by its number.
    pub(super) sources: BTreeMap<u64, Vec<u8>>,
    /// What was written, and what is verified of it.
    pub(super) disk: BTreeMap<FileId, Vec<u8>>,
    pub(super) verified: BTreeMap<FileId, u64>,
    /// Until when the disk is busy.
    busy_until: Duration,
    pub(super) shown: Vec<FileView>,
    /// Lists that were shown so far.
    pub(super) lists: u32,
    is_transmitting: bool,
}

struct Mouth<'a>(&'a mut Channel);

impl Tell for Mouth<'_> {
    fn say(&mut self, now: Duration, _: PeerId, message: &PeerMessage, out: &mut Vec<Effect>) -> bool {
        match self.0.send(now, message) {
            Ok(outputs) => {
                outputs.into_iter().for_each(|output| pass_on(output, out));
                true
            }
            Err(_) => false,
        }
    }
}

fn pass_on(output: Output, out: &mut Vec<Effect>) {
    if let Output::Send {
        connection,
        lane,
        bytes,
    } = output
    {
        out.push(Effect::SendOnChannel {
            connection,
            lane,
            bytes,
        });
    }
}

impl Page {
    fn new(number: u64, shape: Shape) -> Self {
        let session = NonZeroU64::new(number).expect("not 0");
        Self {
            files: Files::new(shape),
            channel: Channel::new(session, Features::FILES),
            number,
            connection: None,
            ends: BTreeMap::new(),
            named: BTreeSet::new(),
            sources: BTreeMap::new(),
            disk: BTreeMap::new(),
            verified: BTreeMap::new(),
            busy_until: Duration::ZERO,
            shown: Vec::new(),
            lists: 0,
            is_transmitting: false,
        }
    }

    pub(super) fn view(&self, id: FileId) -> Option<&FileView> {
        self.shown.iter().find(|view| view.id == id)
    }

    pub(super) fn state(&self, id: FileId) -> Option<FileState> {
        self.view(id).map(|view| view.state)
    }
}

pub(super) struct World {
    pub(super) rng: Rng,
    pub(super) kind: Kind,
    pub(super) now: Duration,
    pub(super) pages: [Page; 2],
    events: BTreeMap<(Duration, u64), Event>,
    planned: u64,
    pub(super) connection: ConnectionId,
    is_cut: bool,
    numbers: u64,
    /// Bytes of files that were sent, and files that went on after a loss.
    pub(super) payload: u64,
    pub(super) resumed: u32,
    /// Frames that the sides have put into data channels: which, where, how long.
    pub(super) trace: Vec<(usize, u16, usize)>,
    /// What becomes of the frames of Ada's files.
    pub(super) mangle: Option<Mangle>,
}

impl World {
    pub(super) fn new(seed: u64, kind: Kind) -> Self {
        let pages = [1, 2].map(|number| Page::new(number, kind.shape));
        let mut world = Self {
            rng: Rng::with_seed(seed),
            kind,
            now: Duration::ZERO,
            pages,
            events: BTreeMap::new(),
            planned: 0,
            connection: ConnectionId(0),
            is_cut: true,
            numbers: 10,
            payload: 0,
            resumed: 0,
            trace: Vec::new(),
            mangle: None,
        };
        for side in [ADA, BO] {
            world.enters(side);
        }
        world
    }

    /// Connected, with nothing to do.
    pub(super) fn connected(kind: Kind) -> Self {
        let mut world = Self::new(1, kind);
        world.act(Action::Rebuild).expect("it connects");
        world.pass(millis(2_000));
        world
    }

    pub(super) fn plan(&mut self, at: Duration, event: Event) {
        self.planned += 1;
        self.events.insert((at, self.planned), event);
    }

    /// Time passes.
    pub(super) fn pass(&mut self, time: Duration) {
        self.run_until(self.now + time).expect("nothing is wrong");
    }

    pub(super) fn run_until(&mut self, until: Duration) -> Checked {
        let mut same = 0;
        loop {
            let event = self.events.keys().next().map(|(at, _)| *at);
            let sides = self.pages.iter();
            let ticks = sides.flat_map(|page| [page.files.deadline(), page.channel.next_deadline()]);
            let tick = ticks.flatten().min();
            let Some(next) = event.into_iter().chain(tick).min().filter(|next| *next <= until) else {
                self.now = until;
                return Ok(());
            };
            same = if next <= self.now { same + 1 } else { 0 };
            if same > 20_000 {
                return Err(format!("it spins at {:?}", self.now));
            }
            self.now = self.now.max(next);
            if event.is_some_and(|at| at <= self.now) {
                let (_, event) = self.events.pop_first().expect("it is there");
                self.happen(event)?;
            } else {
                for side in [ADA, BO] {
                    self.step(side, |page, now, out| {
                        let outputs = page.channel.handle(now, channel::Input::Tick);
                        outputs.into_iter().for_each(|output| pass_on(output, out));
                    })?;
                }
            }
            self.check()?;
        }
    }

    pub(super) fn input(&mut self, side: usize, input: FileInput) -> Checked {
        self.step(side, |page, now, out| page.files.handle(now, input, out))
    }

    /// A person offers a file of so many bytes. Returns its id.
    pub(super) fn offers(&mut self, side: usize, size: usize) -> FileId {
        self.numbers += 1;
        let number = self.numbers;
        self.pages[side].sources.insert(number, content(number, size));
        let offer = FileInput::Offer {
            id: number,
            peer: id(1 - side),
            name: ["../", &number.to_string(), ".txt"].concat(),
            size: size as u64,
            kind: FileKind::Text,
        };
        self.input(side, offer).expect("it can be offered");
        FileId::Sent(number)
    }

    pub(super) fn act(&mut self, action: Action) -> Checked {
        match action {
            Action::Offer(side, size) => {
                self.offers(side, size);
            }
            Action::Cancel(side, place) => {
                if let Some(id) = self.shown(side, place) {
                    self.input(side, FileInput::Cancel(id))?;
                }
            }
            Action::Dismiss(side, place) => {
                if let Some(id) = self.shown(side, place) {
                    self.input(side, FileInput::Dismiss(id))?;
                }
            }
            Action::Cut => self.cut(),
            Action::Rebuild => {
                self.cut();
                self.connection = ConnectionId(self.connection.0 + 1);
                self.is_cut = false;
                let connection = self.connection;
                let opens = self.now + millis(500);
                for side in [ADA, BO] {
                    let at = self.now + millis(self.rng.u64(0..400));
                    self.plan(at, Event::Replaced(side, connection));
                    let most = u64::try_from(self.kind.latency.as_millis()).expect("short");
                    let at = opens + millis(self.rng.u64(0..most));
                    self.plan(at, Event::ChannelOpened(side, connection));
                }
            }
            Action::Break(place) => {
                let open: Vec<_> = self.pages[ADA].ends.keys().copied().collect();
                if let Some(&channel) = open.get(place % open.len().max(1)) {
                    let connection = self.connection;
                    for side in [ADA, BO] {
                        let at = self.now + millis(self.rng.u64(0..100));
                        self.plan(at, Event::Data(side, connection, channel, None));
                    }
                }
            }
            Action::Restart(side) => {
                self.numbers += 1;
                self.pages[side] = Page::new(self.numbers, self.kind.shape);
                self.enters(side);
                self.act(Action::Rebuild)?;
            }
            Action::Measure(side, trip) => {
                let stats = crate::quality::PathStats {
                    round_trip: Some(millis(trip)),
                    ..Default::default()
                };
                self.step(side, |page, now, _| {
                    page.files.stats(now, &[(id(1 - side), stats)].into());
                })?;
            }
        }
        Ok(())
    }

    /// Whether something gets through on it.
    fn is_alive(&self, connection: ConnectionId) -> bool {
        !self.is_cut && connection == self.connection
    }

    fn shown(&self, side: usize, place: usize) -> Option<FileId> {
        let shown = &self.pages[side].shown;
        shown.get(place % shown.len().max(1)).map(|view| view.id)
    }

    /// A page has a seat in the room, and the other one is there.
    fn enters(&mut self, side: usize) {
        let info = PeerInfo {
            id: id(1 - side),
            order: 1 - side as u64,
            name: ["Ada", "Bo"][1 - side].parse().expect("a name"),
            media: Media::default(),
        };
        self.step(side, |_, _, out| out.push(Effect::PeerAdded(info)))
            .expect("nothing happens");
    }

    /// What is under way is lost, and each side learns of it sometime, or never.
    fn cut(&mut self) {
        if std::mem::replace(&mut self.is_cut, true) {
            return;
        }
        let connection = self.connection;
        self.events.retain(|_, event| match event {
            Event::Frame(_, of, _) | Event::Data(_, of, ..) | Event::Transmit(_, of) => *of != connection,
            Event::ChannelOpened(_, of) | Event::Opened(_, of, _) | Event::Replaced(_, of) => *of != connection,
            _ => true,
        });
        for side in [ADA, BO] {
            if self.rng.bool() {
                let at = self.now + millis(self.rng.u64(0..8_000));
                self.plan(at, Event::ChannelClosed(side, connection));
            }
        }
    }

    fn happen(&mut self, event: Event) -> Checked {
        match event {
            Event::Frame(side, connection, bytes) if self.pages[side].connection == Some(connection) => {
                self.step(side, |page, now, out| {
                    let lane = Lane::Reliable;
                    let input = channel::Input::Received {
                        connection,
                        lane,
                        bytes: &bytes,
                    };
                    for output in page.channel.handle(now, input) {
                        let peer = id(1 - side);
                        match output {
                            Output::Ready {
                                peer: hello, restarted, ..
                            } => {
                                page.files.ready(peer, connection, (hello.features, restarted), out);
                            }
                            Output::Message(message) => page.files.heard(now, peer, &message, out),
                            output => pass_on(output, out),
                        }
                    }
                })
            }
            Event::Data(side, connection, channel, data) if self.pages[side].connection == Some(connection) => {
                self.data(side, connection, channel, data)
            }
            Event::Opened(side, connection, channel) => {
                if let Some(end) = self.end(side, connection, channel) {
                    end.is_open = true;
                    self.input(side, FileInput::ChannelOpened { connection, channel })?;
                }
                Ok(())
            }
            Event::Transmit(side, connection) => self.transmit(side, connection),
            Event::Disk(side, number, input) => {
                if self.pages[side].number != number {
                    return Ok(());
                }
                self.input(side, input)
            }
            Event::ChannelOpened(side, connection) => self.step(side, |page, now, out| {
                let outputs = page.channel.handle(now, channel::Input::Opened { connection });
                outputs.into_iter().for_each(|output| pass_on(output, out));
            }),
            Event::ChannelClosed(side, connection) => self.step(side, |page, now, out| {
                let outputs = page.channel.handle(now, channel::Input::Closed { connection });
                outputs.into_iter().for_each(|output| pass_on(output, out));
                page.files.closed(connection, out);
            }),
            Event::Replaced(side, connection) => {
                let page = &mut self.pages[side];
                page.ends.clear();
                page.named.clear();
                page.is_transmitting = false;
                let before = page.connection.replace(connection);
                self.step(side, |page, now, out| {
                    if let Some(connection) = before {
                        out.push(Effect::Close { connection });
                        drop(page.channel.handle(now, channel::Input::Closed { connection }));
                    }
                    out.push(Effect::Open {
                        connection,
                        peer: id(1 - side),
                        role: if side == ADA { Role::Offerer } else { Role::Answerer },
                        ice_servers: Vec::new(),
                        relay_only: false,
                    });
                })
            }
            Event::Input(side, input) => self.input(side, input),
            Event::Do(action) => self.act(action),
            Event::Frame(..) | Event::Data(..) => Ok(()),
        }
    }

    fn end(&mut self, side: usize, connection: ConnectionId, channel: u16) -> Option<&mut End> {
        let page = &mut self.pages[side];
        page.ends
            .get_mut(&channel)
            .filter(|_| page.connection == Some(connection))
    }

    /// A message of a file's channel arrives. A browser that has no such channel drops it.
    fn data(&mut self, side: usize, connection: ConnectionId, channel: u16, data: Option<Vec<u8>>) -> Checked {
        let piece = self.kind.shape.piece;
        let Some(end) = self.end(side, connection, channel) else {
            return Ok(());
        };
        let Some(mut bytes) = data else {
            // This end stays until the call lets it go.
            return self.input(side, FileInput::ChannelClosed { connection, channel });
        };
        if let Some((id, at)) = end.receives
            && bytes.len() <= piece
        {
            end.receives = Some((id, at + bytes.len() as u64));
            let verified = self.pages[side].verified.get(&id).copied().unwrap_or_default();
            if at < verified {
                return Err(format!("{id:?}: {at} is sent again, and {verified} are verified"));
            }
        }
        if self.kind.corrupt > 0 && self.rng.u32(0..1_000) < self.kind.corrupt {
            let place = self.rng.usize(0..bytes.len());
            bytes[place] ^= 1 << self.rng.u32(0..8);
        }
        self.input(
            side,
            FileInput::ChannelReceived {
                connection,
                channel,
                bytes,
            },
        )
    }

    /// One message of one of a side's data channels gets onto the line.
    fn transmit(&mut self, side: usize, connection: ConnectionId) -> Checked {
        let page = &mut self.pages[side];
        page.is_transmitting = false;
        if page.connection != Some(connection) {
            return Ok(());
        }
        let full: Vec<_> = page
            .ends
            .iter()
            .filter(|(_, end)| !end.queue.is_empty())
            .map(|(channel, _)| *channel)
            .collect();
        let Some(&channel) = full.get(self.rng.usize(0..full.len().max(1))) else {
            return Ok(());
        };
        let end = page.ends.get_mut(&channel).expect("it is there");
        let bytes = end.queue.pop_front().expect("not empty");
        let before = end.buffered;
        end.buffered -= bytes.len() as u64;
        let (gone, low) = (end.given - end.buffered, 32);
        let is_event = before > low && end.buffered <= low;
        let takes = Duration::from_secs_f64(bytes.len() as f64 / self.kind.rate as f64);
        let mangled;
        if let Some(mangle) = self.mangle
            && side == ADA
        {
            mangled = mangle(bytes);
        } else {
            mangled = Some(bytes);
        }
        if self.is_alive(connection)
            && let Some(bytes) = mangled
        {
            let at = self.now + self.kind.latency;
            self.plan(at, Event::Data(1 - side, connection, channel, Some(bytes)));
        }
        self.transmits(side, takes);
        if is_event {
            self.input(
                side,
                FileInput::ChannelDrained {
                    connection,
                    channel,
                    gone,
                },
            )?;
        }
        Ok(())
    }

    fn transmits(&mut self, side: usize, after: Duration) {
        let page = &mut self.pages[side];
        if let Some(connection) = page.connection
            && !std::mem::replace(&mut page.is_transmitting, true)
        {
            self.plan(self.now + after, Event::Transmit(side, connection));
        }
    }

    /// Something happens to a page, and it does what follows.
    pub(super) fn step(&mut self, side: usize, happens: impl FnOnce(&mut Page, Duration, &mut Vec<Effect>)) -> Checked {
        let (page, now) = (&mut self.pages[side], self.now);
        let mut out = Vec::new();
        happens(page, now, &mut out);
        let mut mouth = Mouth(&mut page.channel);
        page.files.poll(now, &mut mouth, &mut out);
        for effect in out {
            match effect {
                Effect::SendOnChannel { connection, bytes, .. } if self.is_alive(connection) => {
                    let at = self.now + self.kind.latency;
                    self.plan(at, Event::Frame(1 - side, connection, bytes));
                }
                Effect::File(effect) => self.perform(side, effect)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn perform(&mut self, side: usize, effect: FileEffect) -> Checked {
        match effect {
            FileEffect::Read { id, from, length } => {
                let FileId::Sent(number) = id else {
                    return Err("reads what it receives".into());
                };
                let source = self.pages[side].sources.get(&number).ok_or("reads what is dropped")?;
                let from_here = usize::try_from(from).expect("small");
                let end = source.len().min(from_here + length);
                let bytes = source.get(from_here..end).unwrap_or_default().to_vec();
                self.disk_does(side, FileInput::Read { id, from, bytes });
            }
            FileEffect::Create { id, .. } => {
                self.pages[side].disk.insert(id, Vec::new());
                self.disk_does(side, FileInput::Created(id));
            }
            FileEffect::Write { id, at, pieces } => {
                let bytes = pieces.concat();
                let up_to = at + bytes.len() as u64;
                self.is_right(side, id, at, &bytes)?;
                let page = &mut self.pages[side];
                let file = page.disk.get_mut(&id).ok_or("writes what was not made")?;
                if file.len() as u64 != at {
                    return Err(format!("writes at {at} of {}", file.len()));
                }
                file.extend(bytes);
                page.verified.insert(id, up_to);
                self.disk_does(side, FileInput::Written { id, up_to });
            }
            FileEffect::Finish { id } => self.disk_does(side, FileInput::Finished(id)),
            FileEffect::Drop { id } => {
                let page = &mut self.pages[side];
                page.disk.remove(&id);
                if let FileId::Sent(number) = id {
                    page.sources.remove(&number).ok_or("dropped twice")?;
                }
            }
            FileEffect::OpenChannel { connection, channel } => self.opens(side, connection, channel)?,
            FileEffect::CloseChannel { connection, channel } => {
                let page = &mut self.pages[side];
                if page.connection == Some(connection)
                    && let Some(end) = page.ends.remove(&channel)
                    && self.is_alive(connection)
                {
                    // What was queued goes out before it is closed.
                    let at = self.now + self.kind.latency;
                    for bytes in end.queue {
                        self.plan(at, Event::Data(1 - side, connection, channel, Some(bytes)));
                    }
                    self.plan(at, Event::Data(1 - side, connection, channel, None));
                }
            }
            FileEffect::Send {
                connection,
                channel,
                bytes,
            } => self.sends(side, connection, channel, bytes.to_vec())?,
            FileEffect::Changed(views) => {
                let page = &mut self.pages[side];
                page.lists += 1;
                if std::mem::replace(&mut page.shown, views) == page.shown {
                    return Err("this was shown already".into());
                }
                self.decide(side);
            }
        }
        Ok(())
    }

    fn opens(&mut self, side: usize, connection: ConnectionId, channel: u16) -> Checked {
        let files = &self.pages[side].files.received;
        let receives = files
            .iter()
            .find(|file| file.link.is_some_and(|link| link.is(connection, channel)));
        let receives = receives.map(|file| (file.about.id, file.done().unwrap_or_default()));
        self.resumed += u32::from(receives.is_some_and(|(_, at)| at > 0));
        let page = &mut self.pages[side];
        if page.connection != Some(connection) || !page.named.insert(channel) {
            return Err(format!("channel {channel} of c{} is made twice", connection.0));
        }
        let end = End {
            receives,
            ..End::default()
        };
        page.ends.insert(channel, end);
        let at = self.now + millis(self.rng.u64(0..30));
        self.plan(at, Event::Opened(side, connection, channel));
        Ok(())
    }

    fn sends(&mut self, side: usize, connection: ConnectionId, channel: u16, bytes: Vec<u8>) -> Checked {
        let (queue, piece) = (self.kind.shape.queue, self.kind.shape.piece);
        let length = bytes.len() as u64;
        self.trace.push((side, channel, bytes.len()));
        // The page may not have been told yet that it is gone.
        let Some(end) = self.end(side, connection, channel) else {
            return Ok(());
        };
        let is_payload = end.receives.is_none() && bytes.len() <= piece;
        if !end.is_open {
            return Err("sends on a channel that is not open".into());
        }
        end.given += bytes.len() as u64;
        end.buffered += bytes.len() as u64;
        let is_first = end.queue.is_empty();
        end.queue.push_back(bytes);
        if end.buffered > queue as u64 && !is_first {
            return Err(format!("{} bytes are in a data channel", end.buffered));
        }
        if end.buffered <= 32 {
            let gone = end.given - end.buffered;
            let drained = FileInput::ChannelDrained {
                connection,
                channel,
                gone,
            };
            self.plan(self.now, Event::Input(side, drained));
        }
        self.payload += if is_payload { length } else { 0 };
        self.transmits(side, Duration::ZERO);
        Ok(())
    }

    /// The disk does one thing after the other.
    fn disk_does(&mut self, side: usize, input: FileInput) {
        let most = u64::try_from(self.kind.disk.as_millis()).expect("short");
        let takes = millis(self.rng.u64(0..=most));
        let page = &mut self.pages[side];
        page.busy_until = page.busy_until.max(self.now) + takes;
        let (at, number) = (page.busy_until, page.number);
        let fails = self.kind.failing > 0 && self.rng.u32(0..1_000) < self.kind.failing;
        let input = match input {
            FileInput::Read { id, .. }
            | FileInput::Created(id)
            | FileInput::Written { id, .. }
            | FileInput::Finished(id)
                if fails =>
            {
                FileInput::Failed { id, no_space: true }
            }
            input => input,
        };
        self.plan(at, Event::Disk(side, number, input));
    }

    /// People accept what they are offered, after a while.
    fn decide(&mut self, side: usize) {
        let Some(decides) = self.kind.decides else { return };
        let shown = &self.pages[side].shown;
        let offered = shown
            .iter()
            .filter(|view| view.state == FileState::Offered && matches!(view.id, FileId::Received(_)));
        for id in offered.map(|view| view.id).collect::<Vec<_>>() {
            let most = u64::try_from(decides.as_millis()).expect("short");
            let at = self.now + millis(self.rng.u64(0..=most));
            self.plan(at, Event::Input(side, FileInput::Accept(id)));
        }
    }

    /// What holds at any moment.
    fn check(&self) -> Checked {
        let shape = self.kind.shape;
        for page in &self.pages {
            if page.ends.len() > 4 {
                return Err(format!("{} channels at once", page.ends.len()));
            }
            for file in &page.files.sent {
                let (read, queued) = file.held();
                if read > 2 * shape.read || queued > (shape.queue + 64) as u64 {
                    return Err(format!("{read} bytes are read, {queued} are queued"));
                }
            }
            for file in &page.files.received {
                if file.held() > shape.window {
                    return Err(format!("{} bytes are held", file.held()));
                }
            }
        }
        Ok(())
    }

    /// What is written is what the other page has, as long as it is that page.
    fn is_right(&self, side: usize, id: FileId, at: u64, bytes: &[u8]) -> Checked {
        let file = self.pages[side].files.received.iter().find(|file| file.about.id == id);
        let wire = file.ok_or("nobody knows this file")?.about.wire;
        let at = usize::try_from(at).expect("small");
        match self.pages[1 - side].sources.get(&wire) {
            Some(source) if !source[at..].starts_with(bytes) => Err("what is written is not what was sent".into()),
            _ => Ok(()),
        }
    }

    /// What holds when nothing has happened for long and everybody is connected: all that was not ended was got.
    pub(super) fn check_at_rest(&self) -> Checked {
        for (side, page) in self.pages.iter().enumerate() {
            if !page.ends.is_empty() {
                return Err(format!("{side}: channels are left: {:?}", page.ends));
            }
            for view in &page.shown {
                if !matches!(view.state, FileState::Complete | FileState::Ended(_)) {
                    let ready = page.files.lines.values().map(|line| line.ready).collect::<Vec<_>>();
                    return Err(format!("{side}: {view:?} on {ready:?}, {:?}", page.channel.status()));
                }
                let got = page.disk.get(&view.id);
                match (view.id, view.state) {
                    (FileId::Received(_), FileState::Complete) => {
                        let number: u64 = view.name.trim_end_matches(".txt").parse().map_err(|_| "another name")?;
                        let expected = content(number, usize::try_from(view.size).expect("small"));
                        if got != Some(&expected) || view.done != view.size {
                            return Err(format!("{side}: {view:?} has other bytes"));
                        }
                    }
                    (FileId::Received(_), _) if got.is_some() => {
                        return Err(format!("{side}: something is left of {view:?}"));
                    }
                    _ => {}
                }
            }
            if !page.sources.is_empty() {
                return Err(format!("{side}: the page keeps files that nobody needs"));
            }
        }
        self.check_both_agree()
    }

    /// Both sides say the same of a file that both have on their lists.
    fn check_both_agree(&self) -> Checked {
        for side in [ADA, BO] {
            for file in &self.pages[side].files.sent {
                let mut others = self.pages[1 - side].files.received.iter();
                let Some(other) = others.find(|other| other.about.wire == file.about.wire) else {
                    continue;
                };
                let states = (file.state(true), other.state(true));
                let is_fine = match states {
                    (FileState::Complete, FileState::Complete) => true,
                    (FileState::Ended(ours), FileState::Ended(theirs)) => match (ours, theirs) {
                        (FileEnding::Ours(a), FileEnding::Theirs(b)) | (FileEnding::Theirs(a), FileEnding::Ours(b)) => {
                            a == b
                        }
                        // Both at once, or the page is another one.
                        (FileEnding::Ours(_), FileEnding::Ours(_)) | (FileEnding::Left, _) | (_, FileEnding::Left) => {
                            true
                        }
                        _ => false,
                    },
                    // Cancelled or failed on this side, and too late.
                    (FileState::Ended(FileEnding::Ours(_) | FileEnding::Left), FileState::Complete) => true,
                    _ => false,
                };
                if !is_fine {
                    return Err(format!("the sides say {states:?}"));
                }
            }
        }
        Ok(())
    }
}
