//! The speaker: where the others are heard.

use super::listing::Listing;
use super::{Cause, Device, DeviceKind, DevicesEffect, Notice};

const KIND: DeviceKind = DeviceKind::Speaker;

/// The speaker. `None` is the system's default, everywhere.
#[derive(Debug, Default)]
pub(super) struct Output {
    /// What the person prefers; remembered.
    pub(super) preferred: Option<String>,
    /// What they chose, until the browser has said whether it works.
    pending: Option<Option<String>>,
    /// Where sound plays.
    pub(super) routed: Option<String>,
    /// What the system calls it, for when it is gone.
    label: String,
    pub(super) listing: Listing,
    /// Refused by the browser since it was last plugged in.
    refused: Option<String>,
    /// The preferred one was used on this page before.
    was_used: bool,
}

impl Output {
    pub(super) fn choose(&mut self, id: String, out: &mut Vec<DevicesEffect>) {
        let device = Some(id).filter(|id| !is_default(id));
        self.refused = None;
        self.pending = Some(device.clone());
        out.push(DevicesEffect::RouteOutput { device });
    }

    /// The browser has routed the sound, or not.
    pub(super) fn routed(&mut self, device: Option<String>, worked: bool, out: &mut Vec<DevicesEffect>) {
        let chosen = self.pending.take_if(|pending| *pending == device).is_some();
        match (chosen, worked) {
            (true, true) => {
                match &device {
                    Some(id) => out.push(DevicesEffect::Remember {
                        kind: KIND,
                        device: id.clone(),
                    }),
                    None => out.push(DevicesEffect::Forget { kind: KIND }),
                }
                self.preferred.clone_from(&device);
                self.uses(device);
            }
            (true, false) => {
                let chosen = device.as_ref().map(|id| self.listing.label(id)).unwrap_or_default();
                self.refused = device;
                let notice = Notice::ChoiceFailed {
                    chosen,
                    cause: Cause::NotStarted,
                };
                out.push(DevicesEffect::Say { kind: KIND, notice });
                // Some elements may have gone over.
                out.push(DevicesEffect::RouteOutput {
                    device: self.routed.clone(),
                });
                self.settle(out);
            }
            (false, false) if device.is_some() && device == self.routed => {
                self.refused = device;
                self.falls_back(out);
            }
            (false, _) => {}
        }
    }

    /// There is a new list of speakers.
    pub(super) fn listed(&mut self, found: Vec<Device>, out: &mut Vec<DevicesEffect>) {
        let was_there =
            |listing: &Listing, id: &Option<String>| id.as_ref().is_some_and(|id| listing.get(id).is_some());
        let refused_before = was_there(&self.listing, &self.refused);
        self.listing.take(found);
        let listing = &self.listing;
        // It was plugged out, or in.
        self.refused.take_if(|id| !refused_before || listing.get(id).is_none());
        let is_gone = |id: &String| listing.is_known() && listing.get(id).is_none();
        if self.pending.as_ref().is_some_and(|id| id.as_ref().is_some_and(is_gone)) {
            self.pending = None;
        }
        self.settle(out);
    }

    /// Follows the preferred speaker as it comes and goes.
    fn settle(&mut self, out: &mut Vec<DevicesEffect>) {
        if self.pending.is_some() || !self.listing.is_known() {
            return;
        }
        let preferred = self
            .preferred
            .clone()
            .filter(|id| self.listing.get(id).is_some() && self.refused.as_ref() != Some(id));
        if preferred == self.routed {
            return;
        }
        let Some(id) = preferred else {
            self.falls_back(out);
            return;
        };
        out.push(DevicesEffect::RouteOutput {
            device: Some(id.clone()),
        });
        if self.was_used {
            let now = self.listing.label(&id);
            out.push(DevicesEffect::Say {
                kind: KIND,
                notice: Notice::Returned { now },
            });
        }
        self.uses(Some(id));
    }

    fn uses(&mut self, device: Option<String>) {
        self.label = device.as_ref().map(|id| self.listing.label(id)).unwrap_or_default();
        self.was_used = device.is_some();
        self.routed = device;
    }

    fn falls_back(&mut self, out: &mut Vec<DevicesEffect>) {
        self.routed = None;
        out.push(DevicesEffect::RouteOutput { device: None });
        let notice = Notice::TookOver {
            gone: std::mem::take(&mut self.label),
            now: String::new(),
        };
        out.push(DevicesEffect::Say { kind: KIND, notice });
    }

    /// What a menu offers: the default first, where the browser does not list it (Firefox). Its label is empty.
    pub(super) fn menu(&self) -> Vec<Device> {
        let mut devices = self.listing.named();
        if !devices.is_empty() && !devices.iter().any(|device| is_default(&device.id)) {
            devices.insert(0, Device::default());
        }
        devices
    }

    /// The entry of the menu that is in use.
    pub(super) fn shown(&self) -> Option<String> {
        let is_shown = |device: &Device| match &self.routed {
            Some(id) => device.id == *id,
            None => is_default(&device.id),
        };
        self.menu().into_iter().find(is_shown).map(|device| device.id)
    }
}

/// What browsers call the system's default: Chromium `default`, the specification the empty string (W3C Audio Output Devices section 3).
fn is_default(id: &str) -> bool {
    matches!(id, "" | "default")
}
