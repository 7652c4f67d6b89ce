//! A server in this process, for as long as the checks take.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::error::StartError;
use crate::site::Site;
use crate::turn::Turn;

/// A server that runs until it is told to stop.
pub(super) struct Own {
    pub(super) local: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Own {
    /// Starts one with these flags, but without the key of the seats: it would be made by whoever runs the doctor, and the
    /// server's own user could not read it.
    pub(super) async fn start(config: &Config, site: Site) -> Result<Self, StartError> {
        let address = config.listen_address();
        let listen = |source| StartError::Listen {
            address: address.to_owned(),
            flag: "--listen",
            source,
        };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let local = listener.local_addr().map_err(listen)?;
        let turn = Turn::bind(config, None).await?;
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(crate::run(config.clone(), None, site, listener, turn, async {
            // Dropping the other end stops it as well.
            let _ = stopped.await;
        }));
        Ok(Self { local, stop, task })
    }

    /// Stops it and waits until it has stopped: within 5 seconds, and at once when nobody is there.
    pub(super) async fn stop(self) {
        drop(self.stop);
        let _ = self.task.await;
    }
}
