//! Tasks that run beside the listener for as long as the server does. One that fails ends the server: without the certificate's
//! keeper, for one, it would go on until the certificate is over, and nobody would know why.

use std::future::pending;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Running tasks. Dropping it ends them.
#[derive(Debug)]
pub(crate) struct Watched {
    tasks: JoinSet<Ended>,
    stop: CancellationToken,
    _guard: DropGuard,
}

#[derive(Debug)]
enum Ended {
    Well,
    Died(&'static str),
}

impl Watched {
    pub(crate) fn new() -> Self {
        let stop = CancellationToken::new();
        let _guard = stop.clone().drop_guard();
        let tasks = JoinSet::new();
        Self { tasks, stop, _guard }
    }

    /// Done when all of them are to stop.
    pub(crate) fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs this until all of them are to stop. `name` is what the operator reads when it panics.
    pub(crate) fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let task = self.stop.clone().run_until_cancelled_owned(task);
        self.tasks.spawn(async move {
            match AssertUnwindSafe(task).catch_unwind().await {
                Ok(_) => Ended::Well,
                Err(_) => Ended::Died(name),
            }
        });
    }

    /// Waits until one of them has died; gives its name.
    pub(crate) async fn died(&mut self) -> &'static str {
        while let Some(ended) = self.tasks.join_next().await {
            if let Ok(Ended::Died(name)) = ended {
                return name;
            }
        }
        pending().await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn one_that_panics_is_named_and_one_that_ends_is_not() {
        let mut watched = Watched::new();
        watched.spawn("the one that is done", async {});
        watched.spawn("the one that goes on", pending());
        watched.spawn("the one that dies", async { panic!("on purpose") });
        assert_eq!(watched.died().await, "the one that dies");
    }

    #[tokio::test(start_paused = true)]
    async fn while_all_is_well_nothing_is_said() {
        let mut watched = Watched::new();
        watched.spawn("the one that is done", async {});
        assert!(timeout(Duration::from_secs(3_600), watched.died()).await.is_err());
    }

    #[tokio::test]
    async fn dropping_it_ends_them() {
        let mut watched = Watched::new();
        let (held, ended) = oneshot::channel::<()>();
        watched.spawn("the one that holds something", async {
            let _held = held;
            pending::<()>().await;
        });
        drop(watched);
        assert!(ended.await.is_err(), "what it held is dropped");
    }
}
