//! The devices of one kind, as the browser tells of them: at first without ids, later whole.

use super::Device;

/// More devices of one kind than anybody has.
const MOST: usize = 64;

/// What is known of the devices of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    /// `None` until the browser has told ids, which it does after a permission.
    known: Option<Vec<Device>>,
}

impl Listing {
    /// Takes a new list. A list of devices without ids says nothing that was not known: browsers give it before a permission, and
    /// now and then for a moment afterwards. True where a device is there that was not there before.
    pub(super) fn take(&mut self, mut found: Vec<Device>) -> bool {
        if found.iter().any(|device| device.id.is_empty()) {
            // A first device of a kind of which there was none.
            let is_first = self.known.as_ref().is_some_and(Vec::is_empty);
            if is_first {
                // Once: a list with ids is to come.
                self.known = None;
            }
            return is_first;
        }
        found.truncate(MOST);
        let appeared = self
            .known
            .as_ref()
            .is_some_and(|known| found.iter().any(|device| known.iter().all(|of| of.id != device.id)));
        self.known = Some(found);
        appeared
    }

    /// Whether ids are known.
    pub(super) const fn is_known(&self) -> bool {
        self.known.is_some()
    }

    /// The device with this id, if it is there.
    pub(super) fn get(&self, id: &str) -> Option<&Device> {
        self.all().iter().find(|device| device.id == id)
    }

    /// What the system calls a device; empty where unknown.
    pub(super) fn label(&self, id: &str) -> String {
        self.get(id).map(|device| device.label.clone()).unwrap_or_default()
    }

    /// All of them, in the browser's order.
    pub(super) fn all(&self) -> &[Device] {
        self.known.as_deref().unwrap_or_default()
    }

    /// What a menu can offer: devices that have a name.
    pub(super) fn named(&self) -> Vec<Device> {
        self.all()
            .iter()
            .filter(|device| !device.label.is_empty())
            .cloned()
            .collect()
    }
}
