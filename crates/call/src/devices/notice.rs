//! What the person is to know about their devices. The page has the words.

use super::Cause;

/// Something that the person should know about a device.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// It does not run.
    Failed(Cause),
    /// The chosen device does not run. What ran before runs on, or again.
    ChoiceFailed {
        /// What the system calls the chosen device; empty where unknown.
        chosen: String,
        /// Why.
        cause: Cause,
    },
    /// The device in use is gone, and another one is used.
    TookOver {
        /// What the system calls the one that is gone; empty where unknown.
        gone: String,
        /// What the system calls the one in use; empty where unknown or the default.
        now: String,
    },
    /// The preferred device is back and in use.
    Returned {
        /// What the system calls it.
        now: String,
    },
    /// The system lets nothing through.
    Interrupted,
}

impl Notice {
    /// Something does not work, and the person can do something about it. Otherwise it is good to know.
    #[must_use]
    pub const fn is_problem(&self) -> bool {
        !matches!(self, Self::TookOver { .. } | Self::Returned { .. })
    }
}
