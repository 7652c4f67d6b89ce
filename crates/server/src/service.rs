//! What a service tells systemd (sd_notify(3)): that it is open, that it closes, and that it is alive. Without systemd nothing
//! is told.

use std::time::Duration;

use sd_notify::NotifyState;

/// People can join from now on.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// It was told to stop, and will have ended within this time, however short the unit's `TimeoutStopSec=` is.
pub(crate) fn stopping(within: Duration) {
    let within = within.as_micros().try_into().unwrap_or(u32::MAX);
    tell(&[NotifyState::Stopping, NotifyState::ExtendTimeoutUsec(within)]);
}

/// Says that it is alive, twice in the time after which systemd gives it up. Said by a task of the runtime that serves everybody: where
/// that stands still, nothing is said any more.
pub(crate) async fn alive() {
    let Some(limit) = sd_notify::watchdog_enabled() else {
        return;
    };
    // Never zero, whatever the unit says.
    let mut ticks = tokio::time::interval((limit / 2).max(Duration::from_millis(1)));
    loop {
        ticks.tick().await;
        tell(&[NotifyState::Watchdog]);
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "systemd was not told");
    }
}
