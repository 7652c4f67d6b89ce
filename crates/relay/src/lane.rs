//! The threads that relay for clients which send datagrams.
//!
//! All that one client sends comes to one socket, is read on its thread, and leaves from there for the other client: without a task
//! that moves between threads, and without waking another thread for each datagram. While a thread is busy, what comes in
//! waits, and leaves together.

use std::sync::Arc;
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::dispatch::take_lane;
use crate::udp::Listeners;
use crate::{Alarm, Shared};

/// How many there are: one for each core, where the kernel can spread clients over several sockets.
pub(crate) fn count() -> usize {
    match cfg!(target_os = "linux") {
        true => thread::available_parallelism().map_or(1, Into::into),
        false => 1,
    }
}

/// Threads that run.
pub(crate) struct Lanes(Vec<oneshot::Receiver<()>>);

/// Starts a thread for the first socket of each address, one for the second, and so on. They end when the relay is shut down
/// and its tasks have ended.
pub(crate) fn start(shared: &Arc<Shared>, all: &[Listeners]) -> Lanes {
    let most = all.iter().map(Listeners::len).max().unwrap_or_default();
    let lanes = (0..most).map(|lane| {
        let of_lane: Vec<_> = all.iter().filter(|listeners| lane < listeners.len()).cloned().collect();
        let (ended, end) = oneshot::channel();
        let around = Handle::current();
        let work = {
            let (shared, of_lane) = (Arc::clone(shared), of_lane.clone());
            move || {
                take_lane(lane);
                let work = relay(&shared, lane, of_lane);
                match Builder::new_current_thread().enable_all().build() {
                    Ok(runtime) => runtime.block_on(work),
                    Err(_) => around.block_on(work),
                }
                drop(ended);
            }
        };
        let name = format!("relay-{lane}");
        if thread::Builder::new().name(name).spawn(work).is_err() {
            // Where no more threads are to be had, the runtime's own do.
            listen(shared, lane, of_lane);
        }
        end
    });
    Lanes(lanes.collect())
}

impl Lanes {
    /// Waits until all have ended.
    pub(crate) async fn ended(self) {
        for end in self.0 {
            // Nothing is ever sent: it is dropped.
            let _ = end.await;
        }
    }
}

/// Listens until the shutdown.
async fn relay(shared: &Arc<Shared>, lane: usize, listeners: Vec<Listeners>) {
    listen(shared, lane, listeners);
    shared.shutdown.cancelled().await;
    shared.tasks.wait().await;
}

fn listen(shared: &Arc<Shared>, lane: usize, all: Vec<Listeners>) {
    for listeners in all {
        let run = listeners.run(lane, Arc::clone(shared));
        let run = shared.shutdown.clone().run_until_cancelled_owned(run);
        let alarm = Alarm(Arc::clone(shared));
        shared.tasks.spawn(async move {
            let _alarm = alarm;
            run.await
        });
    }
}
