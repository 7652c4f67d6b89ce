//! Accepts streams.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::stream;
use crate::{Alarm, Shared};

/// How long to wait when the system has no more descriptors: some stream may close by then.
const REST: Duration = Duration::from_millis(100);

pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

/// Serves until it is dropped.
pub(crate) async fn run(listener: Arc<TcpListener>, shared: Arc<Shared>) {
    let _alarm = Alarm(Arc::clone(&shared));
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            sleep(REST).await;
            continue;
        };
        let Ok(local) = stream.local_addr() else {
            continue;
        };
        // Media is small and urgent. A stream that cannot be told so is slower, and still a stream.
        let _ = stream.set_nodelay(true);
        let shared = Arc::clone(&shared);
        let tasks = shared.tasks.clone();
        tasks.spawn(async move { stream::serve(&shared, stream, peer, local).await });
    }
}
