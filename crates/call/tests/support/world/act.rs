//! What people and networks do.

use std::time::Duration;

use call::Input;
use protocol::{ClientMessage, Resume};

use super::page::Page;
use super::wire::End;
use super::{Action, Event, NAMES, World};

impl World {
    pub(super) fn act(&mut self, page: usize, action: Action) -> Result<(), String> {
        match action {
            Action::Kill(outage) => self.stop_server(false, outage),
            Action::Drain(outage) => self.stop_server(true, outage),
            Action::PathDown(duration) => self.path_down(page, duration),
            Action::Enter if self.pages[page].is_none() => {
                self.note(page, || "opens the page".into());
                self.pages_opened += 1;
                self.pages[page] = Some(Page::new(self.rng.u64(..), self.pages_opened));
                self.ask(page)?;
                self.capture(page)?;
                self.reconnect(page, self.now);
            }
            _ if self.pages[page].is_some() => return self.act_in_page(page, action),
            _ => {}
        }
        Ok(())
    }

    fn act_in_page(&mut self, page: usize, action: Action) -> Result<(), String> {
        let state = self.pages[page].as_mut().expect("it is there");
        let frozen = state.frozen > self.now;
        match action {
            Action::Leave if !frozen => {
                self.handle(page, Input::Leave)?;
                self.close_page(page, Some(End::Left))?;
            }
            Action::CloseTab => {
                self.note(page, || "closes the tab".into());
                self.drop_page(page, Some(End::Left));
            }
            Action::Crash => {
                self.note(page, || "CRASHES".into());
                self.drop_page(page, None);
            }
            Action::Toggle if !frozen => {
                state.media.camera = (!state.media.camera.is_on()).into();
                let (name, media) = (NAMES[page].into(), state.media);
                self.handle(page, Input::Update { name, media })?;
            }
            Action::Retry if !frozen => {
                let peers: Vec<_> = state.tiles.keys().copied().collect();
                if !peers.is_empty() {
                    let peer = peers[self.rng.usize(0..peers.len())];
                    self.handle(page, Input::Retry { peer })?;
                }
            }
            Action::Look if !frozen => self.handle(page, Input::Look)?,
            Action::Cut => {
                if let Some(socket) = state.socket.filter(|s| self.sockets[s].process > 0) {
                    self.note(page, || "CUT".into());
                    self.cut(socket);
                }
            }
            Action::ChangeNetwork => self.change_network(page),
            Action::Offline(duration) => self.go_offline(page, duration),
            Action::Freeze(duration) => {
                state.frozen = state.frozen.max(self.now + duration);
                let until = state.frozen;
                self.not_quiet_before(until);
                self.note(page, || format!("FREEZES until {until:?}"));
            }
            Action::Stall(duration) => {
                if let Some(socket) = state.socket {
                    self.note(page, || format!("is written nothing for {duration:?}"));
                    self.sockets.get_mut(&socket).expect("it was made").stalled = true;
                    let at = self.now + duration;
                    self.not_quiet_before(at);
                    self.schedule(at, Event::GoOn { socket });
                }
            }
            Action::Steal => self.steal(page),
            Action::Show if !frozen => {
                let peers: Vec<_> = state.tiles.keys().copied().collect();
                if !peers.is_empty() {
                    let peer = peers[self.rng.usize(0..peers.len())];
                    self.show(page, peer)?;
                }
            }
            Action::Renew => self.renew(page),
            Action::Say if !frozen => self.say(page)?,
            Action::Raise if !frozen => self.raise(page)?,
            Action::React if !frozen => self.react(page)?,
            _ => {}
        }
        Ok(())
    }

    /// The person wants in.
    pub(super) fn ask(&mut self, page: usize) -> Result<(), String> {
        let media = self.pages[page].as_ref().map(|p| p.media).unwrap_or_default();
        let (room, name) = ("room".into(), NAMES[page].into());
        self.handle(page, Input::Join { room, name, media })
    }

    /// The page has let everything go, and so it should be.
    pub(super) fn close_page(&mut self, page: usize, end: Option<End>) -> Result<(), String> {
        let gone = self.pages[page].as_ref().expect("it is there");
        if !gone.tiles.is_empty() || !gone.connections.is_empty() {
            return Err("something is left of the call".into());
        }
        self.drop_page(page, end);
        Ok(())
    }

    /// The page is gone, and its connections with it. Where the server is told, it is told after everything that was said.
    fn drop_page(&mut self, page: usize, end: Option<End>) {
        let gone = self.pages[page].take().expect("it is there");
        self.deferred[page].clear();
        gone.connections.values().for_each(|fake| self.close_fake(*fake));
        let Some(socket) = gone.socket else { return };
        match end {
            Some(end) => self.close_socket(socket, end),
            None => self.cut(socket),
        }
        // Nobody notices a socket that was dead before; the server does in the end.
        let at = self.now + Duration::from_secs(45);
        self.schedule(at, Event::ServerNotices { socket, end: End::Lost });
        self.not_quiet_before(at);
    }

    /// Another network: the browser notices soon, or never.
    fn change_network(&mut self, page: usize) {
        self.note(page, || "IS ON ANOTHER NETWORK".into());
        for owned in self.fakes.values_mut().filter(|owned| owned.page == page) {
            owned.peer.change_network();
        }
        if let Some(socket) = self.pages[page].as_ref().and_then(|p| p.socket) {
            self.cut(socket);
        }
        if self.rng.u32(0..3) > 0 {
            let at = self.soon(2_000);
            self.schedule(at, Event::Online { page, changed: true });
        }
        self.look_for_all_paths();
    }

    /// No network at all for a while.
    fn go_offline(&mut self, page: usize, duration: Duration) {
        self.note(page, || format!("IS OFFLINE for {duration:?}"));
        let until = self.now + duration;
        for other in (0..self.pages.len()).filter(|other| *other != page) {
            let pair = (page.min(other), page.max(other));
            self.paths_down.push(pair);
            self.schedule(until, Event::PathUp { pair });
        }
        let state = self.pages[page].as_mut().expect("it is there");
        state.offline = state.offline.max(until);
        if let Some(socket) = state.socket {
            self.cut(socket);
        }
        self.not_quiet_before(until);
        if self.rng.bool() {
            let changed = false;
            self.schedule(until, Event::Online { page, changed });
        }
        self.look_for_all_paths();
    }

    /// Somebody else shows the page's token, and leaves after a while.
    fn steal(&mut self, page: usize) {
        let state = self.pages[page].as_ref().expect("it is there");
        let Some(server) = self.server.as_ref().filter(|_| state.seat.is_some()) else {
            return;
        };
        let (process, token, received) = (server.process, state.token.clone(), state.heard as u64);
        let known = state.tiles.keys().copied().collect();
        self.note(page, || "IS TAKEN OVER by another page".into());
        let socket = self.new_socket(None);
        self.sockets.get_mut(&socket).expect("made above").process = process;
        let join = ClientMessage::Join {
            room: "room".into(),
            name: NAMES[page].into(),
            media: Default::default(),
            resume: Some(Resume { token, received, known }),
        };
        self.upwards(socket, Event::ToServer { socket, message: join });
        let at = self.now + Duration::from_millis(self.rng.u64(3_000..20_000));
        self.schedule(at, Event::ServerNotices { socket, end: End::Left });
        self.not_quiet_before(at);
    }

    pub(super) fn go_on(&mut self, socket: u32) {
        if let Some(state) = self.sockets.get_mut(&socket) {
            state.stalled = false;
            self.pump(socket);
        }
    }
}
