//! The threads that relay for clients which send datagrams.
//!
//! All that one client sends comes to one socket, is read on its thread, and leaves from there for the other client: without a task
//! that moves between threads, and without waking another thread for each datagram. While a thread is busy, what comes in
//! waits, and leaves together.

use std::sync::Arc;
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::Shared;
use crate::udp::Listener;

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
pub(crate) fn start(shared: &Arc<Shared>, listeners: &[Vec<Arc<Listener>>]) -> Lanes {
    let most = listeners.iter().map(Vec::len).max().unwrap_or_default();
    let lanes = (0..most).map(|lane| {
        let of_lane: Vec<_> = listeners.iter().filter_map(|all| all.get(lane)).cloned().collect();
        let (ended, end) = oneshot::channel();
        let around = Handle::current();
        let work = {
            let (shared, of_lane) = (Arc::clone(shared), of_lane.clone());
            move || {
                let work = relay(&shared, of_lane);
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
            listen(shared, of_lane);
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
async fn relay(shared: &Arc<Shared>, listeners: Vec<Arc<Listener>>) {
    listen(shared, listeners);
    shared.shutdown.cancelled().await;
    shared.tasks.wait().await;
}

fn listen(shared: &Arc<Shared>, listeners: Vec<Arc<Listener>>) {
    for listener in listeners {
        let run = listener.run(Arc::clone(shared));
        shared
            .tasks
            .spawn(shared.shutdown.clone().run_until_cancelled_owned(run));
    }
}
