//! A browser with devices, as far as [`call::devices`] sees one: `getUserMedia()`, `enumerateDevices()`, permissions, tracks
//! that end and are muted, and hardware that comes, goes and is busy. [`page`] asserts what must hold after every step.

mod capture;
mod page;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use call::devices::{
    Both, CaptureKind, Device, DeviceKind, Devices, DevicesInput, Facts, MediaState, Notice, Permission, RequestId,
    Start, Target, Wish,
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
    pub(crate) in_use: Both<Option<RequestId>>,
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
