//! The world of the tests: pages, their connections, the server and its restarts, and a wire between them that takes its time,
//! loses what is on it, and is not always noticed to be dead. The clock is virtual. In the simulation everything follows from
//! one seed; [`duo::Duo`] is a world of two pages that a test drives by hand.

mod act;
mod chat;
mod checks;
pub mod duo;
pub mod lanes;
mod media;
mod page;
pub mod perform;
mod server;
mod take_back;
mod wire;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use call::{ConnectionId, Input};
use fastrand::Rng;
use protocol::peer_message::Lane;
use protocol::{ClientMessage, PeerId, ServerMessage};

use crate::support::fake_peer::FakePeer;
use lanes::Lanes;
use page::Page;
use server::Server;
use wire::{Down, End, Socket};

/// A fault that the world itself commits, to prove that the checks see what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The server forgets to say one description. That is no failure: the ladder makes it good.
    ForgetDescription,
    /// The server forgets to say one `peer-left`.
    ForgetPeerLeft,
    /// One counted message is lost although its socket lives.
    LoseCounted,
    /// One counted message is delivered twice.
    DeliverTwice,
    /// One message of a page is lost although its socket lives.
    LoseSaid,
    /// One page forgets to close a connection.
    KeepClosed,
    /// One page closes a connection that works, because its socket is lost.
    CloseHealthy,
    /// Of what is said on data channels, only the first message arrives.
    LoseSizes,
    /// One page leaves its connections with the ICE servers of before.
    KeepIceServers,
}

/// What people and networks do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Enter,
    Leave,
    /// The page is closed, and its socket with it.
    CloseTab,
    /// The browser is gone: nobody is told.
    Crash,
    /// The socket is dead.
    Cut,
    /// Somebody is shown in another size, or not at all.
    Show,
    /// Something is switched on or off.
    Toggle,
    /// Some lines in the chat.
    Say,
    /// The hand goes up or down.
    Raise,
    React,
    /// The person asks for another try with somebody.
    Retry,
    /// The person looks at how everybody is connected.
    Look,
    /// Another page takes the seat.
    Steal,
    /// The server gives the seat newer credentials.
    Renew,
    /// Nothing is handled for so long.
    Freeze(Duration),
    /// The server writes nothing to this page for so long.
    Stall(Duration),
    /// The way for media between two pages is gone for so long.
    PathDown(Duration),
    /// Another network: the socket is dead, and no connection can be reached any more where it was.
    ChangeNetwork,
    /// No network at all for so long.
    Offline(Duration),
    /// The server is killed, and another is there after so long.
    Kill(Duration),
    /// The server says good-bye before it is stopped.
    Drain(Duration),
}

#[derive(Debug)]
enum Event {
    Act {
        page: usize,
        action: Action,
    },
    Connect {
        page: usize,
        socket: u32,
    },
    ToServer {
        socket: u32,
        message: ClientMessage,
    },
    ToClient {
        socket: u32,
        down: Down,
    },
    PingDue {
        socket: u32,
    },
    Pong {
        socket: u32,
        count: u64,
    },
    ServerNotices {
        socket: u32,
        end: End,
    },
    ClientNotices {
        socket: u32,
    },
    GoOn {
        socket: u32,
    },
    GraceEnds {
        peer: PeerId,
        socket: u32,
    },
    RecoveryEnds {
        process: u32,
    },
    ServerStarts,
    AskAgain {
        page: usize,
    },
    Online {
        page: usize,
        changed: bool,
    },
    Operated {
        fake: u32,
    },
    ConnectionFires {
        fake: u32,
    },
    LookForPath {
        fake: u32,
    },
    /// The data channels of this connection are open.
    ChannelOpens {
        fake: u32,
    },
    ChannelCloses {
        fake: u32,
    },
    /// The next message of its reliable data channel arrives here.
    ChannelMoves {
        from: u32,
        to: u32,
    },
    /// A message of the lossy one does.
    ChannelDrops {
        to: u32,
        bytes: Vec<u8>,
    },
    PathUp {
        pair: (usize, usize),
    },
    Tick {
        page: usize,
    },
    Thaw {
        page: usize,
    },
}

/// A fake connection and whose it is.
#[derive(Debug)]
struct Owned {
    peer: FakePeer,
    page: usize,
    connection: ConnectionId,
    remote: PeerId,
    /// It uses the TURN server alone.
    relayed: bool,
    /// An operation has failed on it for no reason.
    tainted: bool,
    /// Events on their way, and when the last of them comes.
    scheduled: usize,
    last_event: Duration,
    /// When its path is looked at next.
    look_at: Option<Duration>,
    lanes: Lanes,
}

pub struct World {
    pub now: Duration,
    rng: Rng,
    /// Lines said in the chat, and who has got another seat since opening the page.
    lines: u32,
    reseated: BTreeSet<usize>,
    queue: BTreeMap<(Duration, u64), Event>,
    events: u64,
    /// Since when people and networks do nothing any more.
    quiet_since: Duration,
    pub pages: Vec<Option<Page>>,
    pages_opened: u32,
    /// What waits for each page to thaw.
    deferred: Vec<VecDeque<Event>>,
    room_size: usize,
    server: Option<Server>,
    processes: u32,
    sockets: BTreeMap<u32, Socket>,
    sockets_made: u32,
    /// Everything counted that the server has said, for each `joined`.
    logs: Vec<Vec<ServerMessage>>,
    /// What a message weighs in a backlog: where it is much, backlogs run over.
    pub weight: usize,
    /// There is a TURN server.
    pub turn: bool,
    /// Credentials that the server has made.
    logins: u32,
    /// Pairs that only a TURN server connects.
    pub hard_pairs: BTreeSet<(usize, usize)>,
    fakes: BTreeMap<u32, Owned>,
    fakes_made: u32,
    paths_down: Vec<(usize, usize)>,
    /// Operations that may still fail for no reason.
    pub failures_left: u32,
    fault: Fault,
    /// The test is the server and decides what is right and what happens next: what is scheduled is not run, pages do nothing by
    /// themselves, and nobody listens for silence.
    by_hand: bool,
    pub trace: Option<Vec<String>>,
}

const NAMES: [&str; 8] = ["Ada", "Bo", "Cleo", "Dan", "Eve", "Fay", "Gil", "Hal"];

/// After so long a quiet, everybody is connected. Longest is what waits for a seat that was lost unnoticed, and for those
/// who are expected after a restart and do not come.
const SETTLED: Duration = Duration::from_secs(150);

impl World {
    pub fn new(seed: u64, pages: usize, room_size: usize, fault: Fault, traced: bool) -> Self {
        let mut world = Self {
            now: Duration::ZERO,
            rng: Rng::with_seed(seed),
            lines: 0,
            reseated: BTreeSet::new(),
            queue: BTreeMap::new(),
            events: 0,
            quiet_since: Duration::ZERO,
            pages: (0..pages).map(|_| None).collect(),
            pages_opened: 0,
            deferred: (0..pages).map(|_| VecDeque::new()).collect(),
            room_size,
            server: None,
            processes: 0,
            sockets: BTreeMap::new(),
            sockets_made: 0,
            logs: Vec::new(),
            weight: 200,
            turn: false,
            logins: 0,
            hard_pairs: BTreeSet::new(),
            fakes: BTreeMap::new(),
            fakes_made: 0,
            paths_down: Vec::new(),
            failures_left: 0,
            fault,
            by_hand: false,
            trace: traced.then(Vec::new),
        };
        world.start_server();
        world
    }

    /// Somebody does something at a time to come.
    pub fn plan(&mut self, at: Duration, page: usize, action: Action) {
        self.not_quiet_before(at);
        self.schedule(at, Event::Act { page, action });
    }

    fn not_quiet_before(&mut self, at: Duration) {
        self.quiet_since = self.quiet_since.max(at);
    }

    /// Runs until everything should have come to rest. Returns the number of events.
    ///
    /// # Errors
    /// What went wrong.
    pub fn run(&mut self) -> Result<u64, String> {
        while let Some(((at, _), event)) = self.queue.pop_first() {
            if at > self.quiet_since + SETTLED {
                break;
            }
            self.now = at;
            self.happen(event)?;
            if self.events > 2_000_000 {
                return Err("it never comes to rest".into());
            }
        }
        Ok(self.events)
    }

    fn note(&mut self, page: usize, text: impl FnOnce() -> String) {
        self.note_of(NAMES[page], text);
    }

    fn note_of(&mut self, who: &str, text: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{:>9.3}s  {who:6} {}", self.now.as_secs_f64(), text()));
        }
    }

    fn schedule(&mut self, at: Duration, event: Event) {
        self.events += 1;
        self.queue.insert((at.max(self.now), self.events), event);
    }

    fn soon(&mut self, most_ms: u64) -> Duration {
        self.now + Duration::from_micros(self.rng.u64(0..=most_ms * 1000))
    }

    fn happen(&mut self, event: Event) -> Result<(), String> {
        if let Some(page) = self.page_of(&event)
            && let Some(thaws) = self.pages[page].as_ref().map(|p| p.frozen).filter(|t| *t > self.now)
        {
            if self.deferred[page].is_empty() {
                self.schedule(thaws, Event::Thaw { page });
            }
            self.deferred[page].push_back(event);
            return Ok(());
        }
        match event {
            Event::Act { page, action } => self.act(page, action)?,
            Event::Connect { page, socket } => self.connect(page, socket)?,
            Event::ToServer { socket, message } => self.serve(socket, message)?,
            Event::ToClient { socket, down } => self.arrive(socket, down)?,
            Event::PingDue { socket } => self.ping(socket),
            Event::Pong { socket, count } => self.pong(socket, count),
            Event::ServerNotices { socket, end } => self.end(socket, end),
            Event::ClientNotices { socket } => self.socket_lost(socket, None)?,
            Event::GoOn { socket } => self.go_on(socket),
            Event::GraceEnds { peer, socket } => self.grace_ends(peer, socket),
            Event::RecoveryEnds { process } => self.recovery_ends(process),
            Event::ServerStarts => self.start_server(),
            Event::AskAgain { page } => self.ask(page)?,
            Event::Online { page, changed } => self.handle(page, Input::Online { changed })?,
            Event::Operated { fake } => self.operated(fake)?,
            Event::ConnectionFires { fake } => self.peer_event(fake)?,
            Event::LookForPath { fake } => self.look_is_due(fake),
            Event::ChannelOpens { fake } => self.channel_opens(fake)?,
            Event::ChannelCloses { fake } => self.channel_closes(fake)?,
            Event::ChannelMoves { from, to } => self.channel_moves(from, to)?,
            Event::ChannelDrops { to, bytes } => self.channel_receives(to, Lane::Lossy, bytes)?,
            Event::PathUp { pair } => self.path_up(pair),
            Event::Tick { page } => self.tick(page)?,
            Event::Thaw { page } => self.thaw(page)?,
        }
        Ok(())
    }

    /// The page handles what came while it was frozen, in the order in which it came.
    fn thaw(&mut self, page: usize) -> Result<(), String> {
        let frozen = self.pages[page].as_ref().map(|p| p.frozen);
        if let Some(thaws) = frozen.filter(|thaws| *thaws > self.now) {
            self.schedule(thaws, Event::Thaw { page });
            return Ok(());
        }
        std::mem::take(&mut self.deferred[page])
            .into_iter()
            .try_for_each(|event| self.happen(event))
    }

    /// The page that has to handle it.
    fn page_of(&self, event: &Event) -> Option<usize> {
        match event {
            Event::Connect { page, .. }
            | Event::AskAgain { page }
            | Event::Online { page, .. }
            | Event::Tick { page } => Some(*page),
            Event::ToClient { socket, down } if !matches!(down, Down::Ping(_)) => self.sockets.get(socket)?.page,
            Event::ClientNotices { socket } => self.sockets.get(socket)?.page,
            Event::Operated { fake }
            | Event::ConnectionFires { fake }
            | Event::ChannelOpens { fake }
            | Event::ChannelCloses { fake }
            | Event::ChannelMoves { to: fake, .. }
            | Event::ChannelDrops { to: fake, .. } => Some(self.fakes.get(fake)?.page),
            _ => None,
        }
    }
}
