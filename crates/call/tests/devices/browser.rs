//! A browser with devices, as far as [`call::devices`] sees one: `getUserMedia()`, `enumerateDevices()`, permissions, tracks
//! that end and are muted, and hardware that comes, goes and is busy. It asserts what must hold after every step.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use call::devices::{
    Both, CaptureError, CaptureKind, Device, DeviceKind, Devices, DevicesEffect, DevicesInput, Facts, MediaState,
    Notice, Permission, RequestId, Start, Status, Target, Track, Wish,
};
use fastrand::Rng;

pub(crate) const CAPTURED: [CaptureKind; 2] = CaptureKind::ALL;

/// A piece of hardware.
#[derive(Clone, Debug)]
pub(crate) struct Hardware {
    pub(crate) kind: DeviceKind,
    pub(crate) id: &'static str,
    pub(crate) plugged: bool,
    /// Another program has it.
    pub(crate) busy: bool,
}

/// How a browser and its system differ from others.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Habits {
    /// One device of each kind can be open.
    pub(crate) opens_one: bool,
    /// A new capture ends the old one of its kind (Safari on a phone).
    pub(crate) ends_old: bool,
    /// `getSettings()` does not tell the device.
    pub(crate) hides_used: bool,
    /// A new track is muted now and then.
    pub(crate) starts_muted: bool,
    /// The Permissions API knows devices.
    pub(crate) tells_permissions: bool,
}

/// What a person answers to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Allow,
    Refuse,
    Dismiss,
}

#[derive(Debug)]
struct FakeTrack {
    device: &'static str,
    live: bool,
    muted: bool,
    /// As the page has been told.
    told_muted: bool,
    enabled: bool,
}

#[derive(Debug)]
enum Event {
    Input(DevicesInput),
    Ended(CaptureKind, RequestId),
    Answer(RequestId, Both<Option<Target>>),
    List(u32, Option<Vec<(DeviceKind, Device)>>),
}

/// A page and its browser.
pub(crate) struct Browser {
    pub(crate) now: Duration,
    pub(crate) devices: Devices,
    pub(crate) hardware: Vec<Hardware>,
    pub(crate) habits: Habits,
    pub(crate) permission: Both<Permission>,
    pub(crate) answer: Answer,
    pub(crate) left: bool,
    pub(crate) wish: Both<Wish>,
    pub(crate) remembered: HashMap<DeviceKind, String>,
    /// What the person has chosen, ever.
    pub(crate) chosen: Vec<(DeviceKind, String)>,
    pub(crate) captures: u32,
    /// Questions that the person has seen.
    pub(crate) questions: u32,
    pub(crate) inputs: u32,
    pub(crate) trace: Vec<String>,
    /// What the person was told, in order.
    pub(crate) said: Vec<(DeviceKind, Notice)>,
    /// Of which devices that was over.
    pub(crate) hushed: Vec<DeviceKind>,
    rng: Rng,
    slowest: u64,
    queue: BTreeMap<(Duration, u64), Event>,
    serial: u64,
    tracks: HashMap<(RequestId, CaptureKind), FakeTrack>,
    in_use: Both<Option<RequestId>>,
    open: Option<RequestId>,
    /// A person has refused a question, and has not clicked since.
    refused: bool,
    announced: Both<MediaState>,
    routed: Option<String>,
}

impl Browser {
    pub(crate) fn new(seed: u64, hardware: Vec<Hardware>, habits: Habits) -> Self {
        Self {
            now: Duration::ZERO,
            devices: Devices::new(),
            hardware,
            habits,
            permission: Both::from_fn(|_| Permission::Prompt),
            answer: Answer::Allow,
            left: false,
            wish: Both::default(),
            remembered: HashMap::new(),
            chosen: Vec::new(),
            captures: 0,
            questions: 0,
            inputs: 0,
            trace: Vec::new(),
            said: Vec::new(),
            hushed: Vec::new(),
            rng: Rng::with_seed(seed),
            slowest: 400,
            queue: BTreeMap::new(),
            serial: 0,
            tracks: HashMap::new(),
            in_use: Both::default(),
            open: None,
            refused: false,
            announced: Both::default(),
            routed: None,
        }
    }

    pub(crate) fn start(&mut self, wish: Both<Wish>) {
        self.wish = wish;
        if self.wish.camera == Wish::Muted {
            self.wish.camera = Wish::Off;
        }
        let load = |kind| self.remembered.get(&kind).cloned();
        let start = Start {
            wish,
            preferred: Both {
                microphone: load(DeviceKind::Microphone),
                camera: load(DeviceKind::Camera),
            },
            preferred_speaker: load(DeviceKind::Speaker),
            facts: self.facts(),
        };
        self.feed(DevicesInput::Started(start));
    }

    fn facts(&self) -> Facts {
        let permission = self.permission;
        let tells = self.habits.tells_permissions;
        Facts {
            permission: Both::from_fn(|kind| tells.then_some(*permission.of(kind))),
            ..Facts::default()
        }
    }

    // What the world does.

    pub(crate) fn plug(&mut self, id: &str, plugged: bool) {
        let Some(device) = self.hardware.iter_mut().find(|device| device.id == id) else {
            return;
        };
        if device.plugged == plugged {
            return;
        }
        device.plugged = plugged;
        if !plugged {
            self.end_tracks(|track| track.device == id);
        }
        for _ in 0..self.rng.u64(1..=3) {
            self.later(600, Event::Input(DevicesInput::DevicesChanged));
        }
    }

    fn end_tracks(&mut self, which: impl Fn(&FakeTrack) -> bool) {
        let mut ended = Vec::new();
        for (&(request, kind), track) in &mut self.tracks {
            if track.live && which(track) {
                track.live = false;
                ended.push((request, kind));
            }
        }
        ended.sort_unstable();
        for (request, kind) in ended {
            self.later(50, Event::Ended(kind, request));
        }
    }

    /// The system mutes what is captured of this kind, or lets it through again.
    pub(crate) fn mute(&mut self, kind: CaptureKind, muted: bool) {
        let Some(request) = *self.in_use.of(kind) else { return };
        let Some(track) = self.tracks.get_mut(&(request, kind)) else {
            return;
        };
        if track.live && track.muted != muted {
            track.muted = muted;
            self.later(50, Event::Input(DevicesInput::SystemMuted { kind, request, muted }));
        }
    }

    /// The person changes a permission in the browser's own settings.
    pub(crate) fn set_permission(&mut self, kind: CaptureKind, permission: Permission) {
        let before = std::mem::replace(self.permission.of_mut(kind), permission);
        if before == permission {
            return;
        }
        if permission != Permission::Granted {
            let of_kind: Vec<_> = self
                .hardware
                .iter()
                .filter(|of| of.kind == kind.into())
                .map(|of| of.id)
                .collect();
            self.end_tracks(|track| of_kind.contains(&track.device));
        }
        if self.habits.tells_permissions {
            self.feed(DevicesInput::PermissionChanged { kind, permission });
        }
    }

    fn ended(&mut self, kind: CaptureKind, request: RequestId) {
        let permission = self.habits.tells_permissions.then_some(*self.permission.of(kind));
        self.feed(DevicesInput::Ended {
            kind,
            request,
            permission,
        });
    }

    pub(crate) fn want(&mut self, kind: CaptureKind, wish: Wish) {
        *self.wish.of_mut(kind) = if kind == CaptureKind::Camera && wish == Wish::Muted {
            Wish::Off
        } else {
            wish
        };
        self.refused = false;
        self.feed(DevicesInput::Want { kind, wish });
    }

    pub(crate) fn choose(&mut self, kind: DeviceKind, id: &str) {
        self.chosen.push((kind, id.to_owned()));
        self.refused = false;
        self.feed(DevicesInput::Choose {
            kind,
            device: id.to_owned(),
        });
    }

    pub(crate) fn click(&mut self) {
        self.refused = false;
        self.feed(DevicesInput::Clicked);
    }

    pub(crate) fn leave(&mut self) {
        self.left = true;
        self.feed(DevicesInput::Left);
    }

    pub(crate) fn come_back(&mut self) {
        self.left = false;
        self.feed(DevicesInput::Returned);
    }

    // Time.

    fn later(&mut self, most: u64, event: Event) {
        let after = Duration::from_millis(self.rng.u64(0..=most.min(self.slowest)));
        self.serial += 1;
        self.queue.insert((self.now + after, self.serial), event);
    }

    /// Lets this much time pass, with everything that happens in it.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let event = self.queue.keys().next().map(|&(at, _)| at);
            let deadline = self.devices.next_deadline();
            let Some(at) = event.into_iter().chain(deadline).min().filter(|&at| at <= end) else {
                break;
            };
            self.now = self.now.max(at);
            if event == Some(at) {
                let (_, event) = self.queue.pop_first().expect("peeked above");
                self.happens(event);
            } else {
                self.feed(DevicesInput::Tick);
            }
        }
        self.now = end;
    }

    pub(crate) fn pass_secs(&mut self, secs: u64) {
        self.pass(Duration::from_secs(secs));
    }

    /// Nothing is under way.
    pub(crate) fn is_quiet(&self) -> bool {
        self.queue.is_empty() && self.open.is_none()
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Input(DevicesInput::SystemMuted { kind, request, muted }) => {
                if let Some(track) = self.tracks.get_mut(&(request, kind)) {
                    track.told_muted = muted;
                }
                self.feed(DevicesInput::SystemMuted { kind, request, muted });
            }
            Event::Input(input) => self.feed(input),
            Event::Ended(kind, request) => self.ended(kind, request),
            Event::List(number, snapshot) => {
                let devices = snapshot.unwrap_or_else(|| self.list());
                self.feed(DevicesInput::Listed { number, devices });
            }
            Event::Answer(request, targets) => self.answer(request, &targets),
        }
    }

    fn list(&self) -> Vec<(DeviceKind, Device)> {
        let told = CAPTURED
            .iter()
            .any(|kind| *self.permission.of(*kind) == Permission::Granted);
        let mut found: Vec<_> = self.hardware.iter().filter(|device| device.plugged).collect();
        if !told {
            let mut kinds = Vec::new();
            found.retain(|device| {
                !kinds.contains(&device.kind) && {
                    kinds.push(device.kind);
                    true
                }
            });
        }
        let tell = |id: &str| if told { id.to_owned() } else { String::new() };
        found
            .into_iter()
            .map(|of| {
                (
                    of.kind,
                    Device {
                        id: tell(of.id),
                        label: tell(of.id),
                        group: tell(of.id),
                    },
                )
            })
            .collect()
    }

    // getUserMedia().

    fn answer(&mut self, request: RequestId, targets: &Both<Option<Target>>) {
        assert_eq!(self.open.take(), Some(request));
        match self.captures(targets) {
            Ok(found) => {
                let mut tracks = Both::default();
                for kind in CAPTURED {
                    let Some(device) = *found.of(kind) else { continue };
                    if self.habits.ends_old {
                        self.end_old(kind);
                    }
                    let muted = self.habits.starts_muted && self.rng.u32(0..10) == 0;
                    let track = FakeTrack {
                        device,
                        live: true,
                        muted,
                        told_muted: muted,
                        enabled: true,
                    };
                    self.tracks.insert((request, kind), track);
                    let told = (!self.habits.hides_used).then(|| device.to_owned());
                    *tracks.of_mut(kind) = Some(Track {
                        device: told,
                        label: device.to_owned(),
                        muted,
                    });
                }
                self.feed(DevicesInput::Captured { request, tracks });
            }
            Err(name) => {
                let message = if self.answer == Answer::Dismiss {
                    "Permission dismissed"
                } else {
                    ""
                };
                let error = CaptureError {
                    name: name.to_owned(),
                    message: message.to_owned(),
                };
                let facts = self.facts();
                self.feed(DevicesInput::CaptureFailed { request, error, facts });
            }
        }
    }

    fn end_old(&mut self, kind: CaptureKind) {
        if let Some(request) = *self.in_use.of(kind)
            && let Some(track) = self.tracks.get_mut(&(request, kind))
            && track.live
        {
            track.live = false;
            self.ended(kind, request);
        }
    }

    fn captures(&mut self, targets: &Both<Option<Target>>) -> Result<Both<Option<&'static str>>, &'static str> {
        let asked: Vec<_> = CAPTURED
            .into_iter()
            .filter(|kind| targets.of(*kind).is_some())
            .collect();
        let mut found = Both::default();
        for &kind in &asked {
            *found.of_mut(kind) = Some(self.find(kind, targets.of(kind).as_ref().expect("a kind that was asked for"))?);
        }
        let has = |state| asked.iter().any(|kind| *self.permission.of(*kind) == state);
        if has(Permission::Denied) {
            return Err("NotAllowedError");
        }
        if has(Permission::Prompt) {
            self.questions += 1;
            if self.answer != Answer::Allow {
                self.refused = true;
                return Err("NotAllowedError");
            }
            for &kind in &asked {
                *self.permission.of_mut(kind) = Permission::Granted;
                if self.habits.tells_permissions {
                    let permission = Permission::Granted;
                    self.later(50, Event::Input(DevicesInput::PermissionChanged { kind, permission }));
                }
            }
        }
        for &kind in &asked {
            let id = found.of(kind).expect("found above");
            let busy = self.hardware.iter().any(|device| device.id == id && device.busy);
            let other_is_open = self
                .tracks
                .iter()
                .any(|((_, of), track)| *of == kind && track.live && track.device != id);
            if busy || (self.habits.opens_one && other_is_open) {
                return Err("NotReadableError");
            }
        }
        Ok(found)
    }

    fn find(&self, kind: CaptureKind, target: &Target) -> Result<&'static str, &'static str> {
        let mut there = self
            .hardware
            .iter()
            .filter(|device| device.kind == kind.into() && device.plugged);
        let any = there.clone().next().map(|device| device.id).ok_or("NotFoundError");
        match target {
            Target::Any => any,
            Target::Prefer(id) => there
                .find(|device| device.id == id)
                .map(|device| device.id)
                .map_or(any, Ok),
            Target::Exact(id) => any.and(
                there
                    .find(|device| device.id == id)
                    .map(|device| device.id)
                    .ok_or("OverconstrainedError"),
            ),
        }
    }

    // The page.

    pub(crate) fn feed(&mut self, input: DevicesInput) {
        self.inputs += 1;
        self.trace.push(format!("{:?} <- {input:?}", self.now));
        let effects = self.devices.handle(self.now, input);
        for effect in effects {
            self.trace.push(format!("{:?}    -> {effect:?}", self.now));
            self.perform(effect);
        }
        self.check();
    }

    fn perform(&mut self, effect: DevicesEffect) {
        match effect {
            DevicesEffect::List { number } => {
                // Some browsers read the list when they are asked, some when they answer.
                let snapshot = self.rng.bool().then(|| self.list());
                self.later(300, Event::List(number, snapshot));
            }
            DevicesEffect::Capture { request, targets } => self.capture(request, targets),
            DevicesEffect::Replace { kind, request, enabled } => {
                let track = self
                    .tracks
                    .get_mut(&(request, kind))
                    .expect("a track that was captured");
                assert!(track.live, "a dead track is used");
                track.enabled = enabled;
                let old = self.in_use.of_mut(kind).replace(request);
                assert_ne!(old, Some(request), "a track replaces itself");
                if let Some(old) = old {
                    self.stop(old, kind);
                }
            }
            DevicesEffect::Release { kind } => {
                let old = self.in_use.of_mut(kind).take().expect("something to release");
                self.stop(old, kind);
            }
            DevicesEffect::Stop { kind, request } => {
                assert_ne!(*self.in_use.of(kind), Some(request), "the track in use is stopped");
                self.stop(request, kind);
            }
            DevicesEffect::SetEnabled { kind, enabled } => {
                let request = self.in_use.of(kind).expect("something to mute");
                self.tracks
                    .get_mut(&(request, kind))
                    .expect("a track that was captured")
                    .enabled = enabled;
            }
            DevicesEffect::RouteOutput { device } => {
                assert!(
                    self.remembered.contains_key(&DeviceKind::Speaker)
                        || self.chosen.iter().any(|(of, _)| *of == DeviceKind::Speaker),
                    "a speaker is used that nobody chose"
                );
                let there = |id: &String| self.hardware.iter().any(|of| of.id == id && of.plugged && !of.busy);
                let worked = device.as_ref().is_none_or(there);
                if worked {
                    self.routed.clone_from(&device);
                }
                self.later(200, Event::Input(DevicesInput::Routed { device, worked }));
            }
            DevicesEffect::Remember { kind, device } => {
                assert!(
                    self.chosen.contains(&(kind, device.clone())),
                    "{device} is remembered and was never chosen"
                );
                if let Some(kind) = CAPTURED.into_iter().find(|of| DeviceKind::from(*of) == kind) {
                    let request = self
                        .in_use
                        .of(kind)
                        .expect("a choice is remembered only after it worked");
                    assert_eq!(self.tracks[&(request, kind)].device, device);
                }
                self.remembered.insert(kind, device);
            }
            DevicesEffect::Forget { kind } => {
                assert_eq!(kind, DeviceKind::Speaker);
                self.remembered.remove(&kind);
            }
            DevicesEffect::Announce(media) => self.announced = media,
            DevicesEffect::Say { kind, notice } => self.said.push((kind, notice)),
            DevicesEffect::Hush { kind } => self.hushed.push(kind),
        }
    }

    fn stop(&mut self, request: RequestId, kind: CaptureKind) {
        self.tracks
            .get_mut(&(request, kind))
            .expect("a track that was captured")
            .live = false;
    }

    fn capture(&mut self, request: RequestId, targets: Both<Option<Target>>) {
        self.captures += 1;
        assert!(!self.left, "asked after leaving");
        assert_eq!(self.open, None, "two questions are open");
        assert!(
            !self.tracks.keys().any(|(of, _)| *of == request),
            "a request is used twice"
        );
        let asked: Vec<_> = CAPTURED
            .into_iter()
            .filter(|kind| targets.of(*kind).is_some())
            .collect();
        assert!(!asked.is_empty(), "a question for nothing");
        for kind in &asked {
            assert_ne!(*self.wish.of(*kind), Wish::Off, "asked for what is off");
        }
        let has = |state| asked.iter().any(|kind| *self.permission.of(*kind) == state);
        if has(Permission::Prompt) && !has(Permission::Denied) {
            assert!(!self.refused, "asked again after a refusal, without a click");
        }
        self.open = Some(request);
        self.later(3_000, Event::Answer(request, targets));
    }

    fn check(&self) {
        for kind in CAPTURED {
            let view = self.devices.capture(kind);
            let status = view.status;
            let used = self
                .in_use
                .of(kind)
                .map(|request| (request, &self.tracks[&(request, kind)]));
            for ((request, of), track) in &self.tracks {
                let is_used = used.is_some_and(|(used, _)| used == *request);
                assert!(
                    *of != kind || !track.live || is_used,
                    "a track of {kind:?} lives and nobody uses it"
                );
            }
            assert_eq!(view.wish, *self.wish.of(kind));
            if self.left || view.wish == Wish::Off {
                assert!(used.is_none(), "{kind:?} is captured while it is off");
                assert_eq!(status, Status::Off);
            }
            let runs = matches!(status, Status::On | Status::Muted | Status::Interrupted);
            assert_eq!(runs, used.is_some(), "{kind:?} is shown as {status:?}");
            if let Some((_, track)) = used {
                assert_eq!(track.enabled, view.wish == Wish::On, "{kind:?} as {status:?}");
                if !self.habits.hides_used {
                    assert_eq!(view.used.as_deref(), Some(track.device));
                }
                assert_eq!(status == Status::Interrupted, track.told_muted && view.wish == Wish::On);
            }
            let said = *self.announced.of(kind);
            assert_eq!(
                said == MediaState::On,
                status == Status::On,
                "{kind:?} is announced as {said:?}"
            );
            assert!(said == MediaState::Off || view.wish != Wish::Off);
            assert_eq!(
                view.preferred.as_ref(),
                self.remembered.get(&kind.into()),
                "a preference is lost"
            );
            assert!(
                view.shown
                    .is_none_or(|id| view.devices.iter().any(|device| device.id == id))
            );
        }
        let speaker = self.devices.speaker();
        assert!(
            speaker
                .shown
                .is_none_or(|id| speaker.devices.iter().any(|device| device.id == id))
        );
    }

    /// The device that is captured of this kind.
    pub(crate) fn used(&self, kind: CaptureKind) -> Option<&'static str> {
        let request = (*self.in_use.of(kind))?;
        Some(self.tracks[&(request, kind)].device)
    }

    pub(crate) fn live_tracks(&self) -> usize {
        self.tracks.values().filter(|track| track.live).count()
    }

    /// Where sound plays.
    pub(crate) fn plays_at(&self) -> Option<&str> {
        self.routed.as_deref()
    }
}
