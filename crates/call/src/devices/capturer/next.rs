//! What is tried next. Pure: the same state gives the same answer.

use std::time::Duration;

use super::{Attempt, Capturer, Lost, Purpose, Shunned, Used};
use crate::devices::listing::Listing;
use crate::devices::{Target, Wish};

impl Capturer {
    /// What is to be captured now, if anything. Pure: the same state gives the same answer.
    pub(in crate::devices) fn next_attempt(&self) -> Option<Attempt> {
        if self.wish == Wish::Off || self.failed.is_some() {
            return None;
        }
        match (&self.used, &self.lost) {
            (Some(used), _) => self.next_beside(used),
            (None, Some(lost)) => self.next_after(lost),
            (None, None) => Some(self.first()),
        }
    }

    fn first(&self) -> Attempt {
        if let Some(chosen) = &self.chosen {
            return Attempt::exact(chosen, Purpose::Chosen);
        }
        let preferred = self.preferred.as_ref().filter(|id| !self.shuns(id));
        let target = match preferred {
            Some(id) if !self.listing.is_known() => Target::Prefer(id.clone()),
            // A device that is gone is not asked for.
            Some(id) if self.listing.get(id).is_some() => Target::Exact(id.clone()),
            _ => Target::Any,
        };
        Attempt {
            target,
            purpose: Purpose::Start,
        }
    }

    /// What runs is kept until the new one runs.
    fn next_beside(&self, used: &Used) -> Option<Attempt> {
        let is_used = |id: &str| used.device.as_deref() == Some(id);
        if let Some(chosen) = self.chosen.as_ref().filter(|id| !is_used(id)) {
            return Some(Attempt::exact(chosen, Purpose::Chosen));
        }
        if self.again {
            let target = used.device.clone().map_or(Target::Any, Target::Exact);
            return Some(Attempt {
                target,
                purpose: Purpose::Again,
            });
        }
        // Where the browser does not tell what is used, it may be the preferred one.
        let preferred = self.preferred.as_ref().filter(|_| used.device.is_some())?;
        let returns = !is_used(preferred) && self.listing.get(preferred).is_some() && !self.shuns(preferred);
        returns.then(|| Attempt::exact(preferred, Purpose::Return))
    }

    fn next_after(&self, lost: &Lost) -> Option<Attempt> {
        let untried = |id: &&String| !lost.tried.contains(*id);
        if let Some(chosen) = self.chosen.as_ref().filter(untried) {
            return Some(Attempt::exact(chosen, Purpose::Chosen));
        }
        if let Some((id, purpose)) = lost.instead.as_ref().filter(|(id, _)| untried(&id)) {
            return Some(Attempt::exact(id, *purpose));
        }
        if lost.let_go
            && let Some(id) = lost.device.as_ref().filter(untried)
        {
            return Some(Attempt::exact(id, Purpose::TakeBack));
        }
        if lost.until.is_some() {
            return None;
        }
        let listed = |id: &&String| self.listing.get(id).is_some();
        let others = self.listing.all().iter().map(|device| &device.id);
        let next = self
            .preferred
            .iter()
            .filter(listed)
            .chain(others)
            .filter(untried)
            .find(|id| lost.let_go || !lost.is(id, &self.listing));
        match next {
            Some(id) => Some(Attempt::exact(id, Purpose::TakeOver)),
            // Perhaps the very device that ended: a phone ends a track where nothing was unplugged.
            None if !lost.tried_any => Some(Attempt {
                target: Target::Any,
                purpose: Purpose::TakeOver,
            }),
            None => None,
        }
    }

    /// Nothing is left to try for what was lost.
    pub(in crate::devices) fn is_exhausted(&self) -> bool {
        self.wish != Wish::Off
            && self.failed.is_none()
            && self.used.is_none()
            && self.lost.as_ref().is_some_and(|lost| lost.until.is_none())
            && self.next_attempt().is_none()
    }

    pub(super) fn shuns(&self, id: &str) -> bool {
        self.shunned.iter().any(|shunned| shunned.device == id)
    }

    pub(super) fn shun(&mut self, id: &str, until: Option<Duration>) {
        self.shunned.retain(|shunned| shunned.device != id);
        self.shunned.push(Shunned {
            device: id.to_owned(),
            until,
        });
    }
}

impl Lost {
    /// Whether what is listed under this id is what was lost. The same id with other hardware is not: the default has moved on.
    pub(super) fn is(&self, id: &str, listing: &Listing) -> bool {
        !self.gone
            && self.device.as_deref() == Some(id)
            && listing.get(id).is_some_and(|device| {
                device.group.is_empty() || self.group.as_ref().is_none_or(|group| *group == device.group)
            })
    }
}

impl Attempt {
    fn exact(id: &str, purpose: Purpose) -> Self {
        Self {
            target: Target::Exact(id.to_owned()),
            purpose,
        }
    }
}
